import { networkTable, type NetworkName } from '../contract/networks.ts';
import type { Source } from '../contract/source.ts';
import type { Gathered } from './gather.ts';

/** Of the methods used in every report. */
const methods: readonly Source[] = [
  {
    key: 'abadi2016tensorflow',
    kind: 'inproceedings',
    author: 'Abadi, Martín and others',
    title: 'TensorFlow: A System for Large-Scale Machine Learning',
    year: 2016,
    in: '12th USENIX Symposium on Operating Systems Design and Implementation',
    pages: '265--283',
  },
  {
    key: 'delong1988',
    kind: 'article',
    author: 'DeLong, Elizabeth R. and DeLong, David M. and Clarke-Pearson, Daniel L.',
    title:
      'Comparing the Areas under Two or More Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach',
    year: 1988,
    in: 'Biometrics',
    volume: '44',
    pages: '837--845',
    doi: '10.2307/2531595',
  },
  {
    key: 'obuchowski1997',
    kind: 'article',
    author: 'Obuchowski, Nancy A.',
    title: 'Nonparametric Analysis of Clustered ROC Curve Data',
    year: 1997,
    in: 'Biometrics',
    volume: '53',
    pages: '567--578',
    doi: '10.2307/2533958',
  },
  {
    key: 'wilson1927',
    kind: 'article',
    author: 'Wilson, Edwin B.',
    title: 'Probable Inference, the Law of Succession, and Statistical Inference',
    year: 1927,
    in: 'Journal of the American Statistical Association',
    volume: '22',
    pages: '209--212',
    doi: '10.1080/01621459.1927.10502953',
  },
  {
    key: 'efron1987',
    kind: 'article',
    author: 'Efron, Bradley',
    title: 'Better Bootstrap Confidence Intervals',
    year: 1987,
    in: 'Journal of the American Statistical Association',
    volume: '82',
    pages: '171--185',
    doi: '10.1080/01621459.1987.10478410',
  },
  {
    key: 'broecker2007',
    kind: 'article',
    author: 'Bröcker, Jochen and Smith, Leonard A.',
    title: 'Increasing the Reliability of Reliability Diagrams',
    year: 2007,
    in: 'Weather and Forecasting',
    volume: '22',
    pages: '651--661',
    doi: '10.1175/WAF993.1',
  },
  {
    key: 'mcnemar1947',
    kind: 'article',
    author: 'McNemar, Quinn',
    title: 'Note on the Sampling Error of the Difference between Correlated Proportions or Percentages',
    year: 1947,
    in: 'Psychometrika',
    volume: '12',
    pages: '153--157',
    doi: '10.1007/BF02295996',
  },
  {
    key: 'holm1979',
    kind: 'article',
    author: 'Holm, Sture',
    title: 'A Simple Sequentially Rejective Multiple Test Procedure',
    year: 1979,
    in: 'Scandinavian Journal of Statistics',
    volume: '6',
    pages: '65--70',
  },
  {
    key: 'vickers2006',
    kind: 'article',
    author: 'Vickers, Andrew J. and Elkin, Elena B.',
    title: 'Decision Curve Analysis: A Novel Method for Evaluating Prediction Models',
    year: 2006,
    in: 'Medical Decision Making',
    volume: '26',
    pages: '565--574',
    doi: '10.1177/0272989X06295361',
  },
  {
    key: 'vancalster2019',
    kind: 'article',
    author:
      'Van Calster, Ben and McLernon, David J. and van Smeden, Maarten and Wynants, Laure and Steyerberg, Ewout W.',
    title: 'Calibration: The Achilles Heel of Predictive Analytics',
    year: 2019,
    in: 'BMC Medicine',
    volume: '17',
    pages: '230',
    doi: '10.1186/s12916-019-1466-7',
  },
  {
    key: 'tejani2024claim',
    kind: 'article',
    author: 'Tejani, Ali S. and Klontzas, Michail E. and Gatti, Anthony A. and others',
    title: 'Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 Update',
    year: 2024,
    in: 'Radiology: Artificial Intelligence',
    volume: '6',
    pages: 'e240300',
    doi: '10.1148/ryai.240300',
  },
  {
    key: 'collins2024tripodai',
    kind: 'article',
    author: 'Collins, Gary S. and Moons, Karel G. M. and Dhiman, Paula and others',
    title:
      'TRIPOD+AI Statement: Updated Guidance for Reporting Clinical Prediction Models That Use Regression or Machine Learning Methods',
    year: 2024,
    in: 'BMJ',
    volume: '385',
    pages: 'e078378',
    doi: '10.1136/bmj-2023-078378',
  },
  {
    key: 'mitchell2019modelcards',
    kind: 'inproceedings',
    author: 'Mitchell, Margaret and Wu, Simone and Zaldivar, Andrew and others',
    title: 'Model Cards for Model Reporting',
    year: 2019,
    in: 'Conference on Fairness, Accountability, and Transparency',
    pages: '220--229',
    doi: '10.1145/3287560.3287596',
  },
  {
    key: 'gebru2021datasheets',
    kind: 'article',
    author: 'Gebru, Timnit and Morgenstern, Jamie and Vecchione, Briana and others',
    title: 'Datasheets for Datasets',
    year: 2021,
    in: 'Communications of the ACM',
    volume: '64',
    pages: '86--92',
    doi: '10.1145/3458723',
  },
];

/** Of methods that a report cites only if they were used. */
const occasional = {
  folds: {
    key: 'nadeau2003',
    kind: 'article',
    author: 'Nadeau, Claude and Bengio, Yoshua',
    title: 'Inference for the Generalization Error',
    year: 2003,
    in: 'Machine Learning',
    volume: '52',
    pages: '239--281',
    doi: '10.1023/A:1024068626366',
  },
  youden: {
    key: 'youden1950',
    kind: 'article',
    author: 'Youden, William J.',
    title: 'Index for Rating Diagnostic Tests',
    year: 1950,
    in: 'Cancer',
    volume: '3',
    pages: '32--35',
    doi: '10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3',
  },
  temperature: {
    key: 'guo2017calibration',
    kind: 'inproceedings',
    author: 'Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.',
    title: 'On Calibration of Modern Neural Networks',
    year: 2017,
    in: '34th International Conference on Machine Learning',
    pages: '1321--1330',
  },
  isotonic: {
    key: 'zadrozny2002',
    kind: 'inproceedings',
    author: 'Zadrozny, Bianca and Elkan, Charles',
    title: 'Transforming Classifier Scores into Accurate Multiclass Probability Estimates',
    year: 2002,
    in: '8th ACM SIGKDD International Conference on Knowledge Discovery and Data Mining',
    pages: '694--699',
    doi: '10.1145/775047.775151',
  },
} as const satisfies Record<string, Source>;
type Occasion = keyof typeof occasional;

export type Used = { networks: readonly NetworkName[]; occasions: readonly Occasion[] };

/** The methods used in a report that have a reference. */
export const usedIn = ({ runs, folds, studied: { chosen, chosenBy, calibrations } }: Gathered): Used => ({
  networks: runs.map(({ network }) => network),
  occasions: [
    ...(folds ? (['folds'] as const) : []),
    ...(chosen.length > 0 && chosenBy.by === 'youden' ? (['youden'] as const) : []),
    ...(calibrations.length > 0 ? (['temperature'] as const) : []),
    ...(calibrations.some(({ versions }) => versions.some(({ how }) => how === 'isotonic'))
      ? (['isotonic'] as const)
      : []),
  ],
});

/** The references of a report on these. */
export const sourcesOf = ({ networks: used, occasions }: Used): Source[] => [
  ...[...new Set(used)].map((name) => networkTable[name].source),
  ...methods,
  ...occasions.map((name) => occasional[name]),
];

/** "Sandler et al. Title. Journal 2018; 12:3–4. doi:…". */
export function cited({ author, title, in: journal, year, volume, pages, doi }: Source): string {
  const people = author.split(' and ').map((one) => one.split(',')[0]!);
  const by =
    people.length > 2
      ? `${people[0]} et al.`
      : people.filter((one) => one !== 'others').join(', ') + (people.includes('others') ? ' et al.' : '.');
  const place = [volume, pages?.replace('--', '–')].filter((one) => one !== undefined).join(':');
  return `${by} ${title}. ${journal} ${year}${place ? `; ${place}` : ''}.${doi ? ` doi:${doi}` : ''}`;
}

/** Characters that BibTeX requires to be escaped. */
const bib = (text: string): string =>
  text
    .replaceAll(/[&%$#_]/g, (sign) => `\\${sign}`)
    .replaceAll('í', "{\\'\\i}")
    .replaceAll('ö', '{\\"o}');

export function bibTex(sources: readonly Source[], version: string): string {
  const entries = sources.map(({ key, kind, in: journal, ...rest }) => {
    const fields = {
      author: rest.author,
      title: `{${rest.title}}`,
      [kind === 'article' ? 'journal' : 'booktitle']: journal,
      year: String(rest.year),
      volume: rest.volume,
      pages: rest.pages,
      doi: rest.doi,
    };
    return entryOf(kind, key, fields);
  });
  return [
    ...entries,
    entryOf('misc', 'falx', { title: '{Falx}', note: `Version ${version}. Research use only` }),
  ].join('\n');
}

const entryOf = (kind: string, key: string, fields: Readonly<Record<string, string | undefined>>): string =>
  `@${kind}{${key},\n${Object.entries(fields)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name} = {${name === 'doi' ? value : bib(value)}},`],
    )
    .join('\n')}\n}\n`;
