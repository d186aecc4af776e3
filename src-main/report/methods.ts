import { networkTable, networkTitle } from '../contract/networks.ts';
import { leftOutBy } from '../contract/leave-out.ts';
import { settingWords } from '../contract/messages/training-settings.ts';
import { partNames, type Part, type Run } from '../contract/records.ts';
import { nameOf, rowOf, flatten, settingRows, type SettingKey } from '../contract/settings.ts';
import { certificateFacts } from './certificate.ts';
import type { Block, Section } from './blocks.ts';
import { thresholdsIn, type Gathered } from './gather.ts';
import { wilson } from '../statistics/intervals.ts';
import { messageOfWorded } from '../contract/errors.ts';
import { ruleOf, type Speech } from './words.ts';

/** The methods: data, sets, networks, training, machine, statistics. */
export function methodSections(of: Gathered, speech: Speech): Section[] {
  const section = (id: Section['id'], blocks: readonly Block[]): Section => ({
    id,
    title: speech.title(id),
    blocks,
  });
  return [
    section('data', dataBlocks(of, speech)),
    section('labels', [
      paragraph(speech.say('reportLabels', { positive: of.dataset.positive, negative: of.negative })),
      ...(of.evidence.contradictions.groups > 0
        ? [paragraph(speech.say('limitMixed', of.evidence.contradictions))]
        : []),
      author(speech.say('reportLabelsAuthor', {})),
    ]),
    section('deidentification', [
      paragraph(speech.say('reportDeidentification', {})),
      author(speech.say('reportDeidentificationAuthor', { command: 'falx deidentify' })),
    ]),
    section('split', splitBlocks(of, speech)),
    section('preprocessing', pixelBlocks(of, speech)),
    section('model', modelBlocks(of, speech)),
    section('training', trainingBlocks(of, speech)),
    section('software', softwareBlocks(of, speech)),
    section('statistics', statisticsBlocks(of, speech)),
  ];
}

export const paragraph = (text: string): Block => ({ kind: 'text', text });
export const author = (text: string): Block => ({ kind: 'text', text, author: true });

type Fact = readonly [label: string, value: string];

export const factTable = (
  name: string,
  caption: string,
  { word }: Speech,
  facts: readonly Fact[],
): Block => ({
  kind: 'table',
  name,
  caption,
  head: [word('field'), word('value')],
  rows: facts,
  facts: true,
});

/** Counts of each value, the most frequent first: "JPEG 1,200, PNG 3". */
function tally(values: Iterable<string>, speech: Speech, most = 6): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const told = sorted
    .slice(0, most)
    .map(([value, count]) => `${value} (${speech.format.number(count)})`)
    .join(', ');
  return sorted.length > most ? `${told}, …` : told;
}

const lastOf = (folder: string): string => folder.split(/[\\/]/).findLast((one) => one !== '') ?? folder;

function dataBlocks(of: Gathered, speech: Speech): Block[] {
  const { dataset, check, quarantined } = of;
  const { say, word, format } = speech;
  const images = [...of.images.values()];
  const sides = images.flatMap(({ width, height }) => [width, height]);
  const scanners = images.flatMap(({ facts }) => {
    const names = [facts?.['manufacturer'], facts?.['model']].filter((one) => one !== undefined);
    return names.length > 0 ? [names.join(' ')] : [];
  });
  const modalities = images.flatMap(({ facts }) => {
    const one = facts?.['modality'];
    return one === undefined ? [] : [String(one)];
  });
  const [least, most] = [
    sides.reduce((a, b) => Math.min(a, b), Infinity),
    sides.reduce((a, b) => Math.max(a, b), 0),
  ];
  const { mixedLabels, mixedImages, mergedClasses, mergedImages } = check;
  return [
    ...(mixedLabels > 0 ? [paragraph(say('reportMixed', { groups: mixedLabels, images: mixedImages }))] : []),
    ...(mergedClasses > 0
      ? [paragraph(say('reportMerged', { groups: mergedClasses, images: mergedImages }))]
      : []),
    paragraph(
      say('reportDataFrom', {
        folder: lastOf(dataset.folder),
        when: format.dateTime(dataset.created),
        images: images.length,
      }),
    ),
    factTable('data', word('dataset'), speech, [
      [word('dataset'), `${dataset.name} (${dataset.id})`],
      [word('datasetHash'), dataset.hash],
      [
        word('classes'),
        tally(
          images.map(({ className }) => className),
          speech,
        ),
      ],
      [
        word('formats'),
        tally(
          images.map(({ format: name }) => name),
          speech,
        ),
      ],
      [word('sizes'), least === most ? `${least}` : `${least}–${most}`],
      ...(modalities.length > 0 ? [[word('modality'), tally(modalities, speech)] as const] : []),
      ...(scanners.length > 0 ? [[word('scanner'), tally(scanners, speech)] as const] : []),
      [word('patients'), `${format.number(check.patients.patients)}`],
      [word('leftOut'), format.number(quarantined.length)],
      [word('exactDuplicates'), format.number(check.exactDuplicates)],
      [word('distinctScans'), format.number(check.distinctScans)],
      [word('dropped'), format.number(check.dropped)],
    ]),
    paragraph(
      quarantined.length > 0
        ? say('reportLeftOut', { count: quarantined.length })
        : say('reportNothingLeftOut', {}),
    ),
    ...(quarantined.length > 0
      ? [
          {
            kind: 'table',
            name: 'left-out',
            caption: word('leftOut'),
            head: [word('file'), word('reason')],
            rows: quarantined
              .slice(0, 20)
              .map(({ file, reason, facts }) => [
                file,
                speech.words(messageOfWorded({ message: reason, facts: facts ?? null })),
              ]),
          } satisfies Block,
        ]
      : []),
    paragraph(say('reportMissing', {})),
    ...(check.check
      ? [
          paragraph(
            say('reportChecked', {
              scans: check.distinctScans,
              groups: check.groups,
              images: check.imagesInGroups,
            }),
          ),
        ]
      : []),
    author(say('reportInclusionAuthor', {})),
  ];
}

const methodNames = ['stratified', 'given', 'mended', 'folds'] as const;

function splitBlocks(of: Gathered, speech: Speech): Block[] {
  const { split, splits } = of;
  const { say, word } = speech;
  const certified = splits.length > 1 ? splits : [split];
  const left = leftOutBy(split.method);
  return [
    paragraph(
      say('reportSplit', {
        method: left ? 'leaveOut' : (methodNames.find((name) => name === split.method) ?? 'other'),
        by: left?.by ?? '',
        folds: splits.length,
        test: split.testFraction,
        validation: split.validationFraction,
        seed: String(split.seed),
      }),
    ),
    paragraph(say('reportLevel', { by: split.certificate?.grouping.by ?? 'none' })),
    of.folds ? foldTable(of, speech) : partTable(of, speech),
    factTable(
      'certificate',
      speech.title('split'),
      speech,
      certified.flatMap((one, at): Fact[] => {
        const fold = of.folds ? `${word('fold')} ${at + 1}: ` : '';
        return [
          [`${fold}${word('splitId')}`, one.id],
          [`${fold}${word('splitHash')}`, one.hash],
          ...certificateFacts(one.certificate, speech).map(([label, value]): Fact => [
            `${fold}${label}`,
            value,
          ]),
        ];
      }),
    ),
  ];
}

/** Images by class and set. */
function partTable({ dataset, partOf, images }: Gathered, { word, format }: Speech): Block {
  const count = (part: Part, className: string | null) => {
    let sum = 0;
    for (const [id, its] of partOf)
      if (its === part && (className === null || images.get(id)?.className === className)) sum += 1;
    return format.number(sum);
  };
  return {
    kind: 'table',
    name: 'parts',
    caption: `${word('images')} (${word('part')})`,
    head: [word('class'), ...partNames.map((part) => word(part))],
    rows: [
      ...dataset.classes.map((name) => [name, ...partNames.map((part) => count(part, name))]),
      [word('all'), ...partNames.map((part) => count(part, null))],
    ],
  };
}

/** Images by class and the fold that tests them. */
function foldTable({ dataset, testedIn, images, splits }: Gathered, { word, format, say }: Speech): Block {
  const count = (fold: number, className: string | null) =>
    format.number(
      testedIn[fold]!.filter((id) => className === null || images.get(id)?.className === className).length,
    );
  const folds = splits.map((_, at) => at);
  return {
    kind: 'table',
    name: 'parts',
    caption: say('reportFoldImages', {}),
    head: [word('class'), ...folds.map((at) => `${word('fold')} ${at + 1}`)],
    rows: [
      ...dataset.classes.map((name) => [name, ...folds.map((at) => count(at, name))]),
      [word('all'), ...folds.map((at) => count(at, null))],
    ],
  };
}

function settingTable(
  of: Gathered,
  speech: Speech,
  { name, caption }: { name: string; caption: string },
  wanted: (key: SettingKey) => boolean,
): Block {
  const { language, word } = speech;
  const keys = [...settingRows.keys()].filter(wanted);
  const told = (run: Run, key: SettingKey): string => {
    const value = flatten(run.settings)[key];
    const { choices } = settingWords[language][nameOf(key)];
    const { unit } = rowOf(key);
    if (typeof value === 'boolean') return speech.say('settingSwitch', { on: value ? 'yes' : 'no' });
    const text =
      key === 'weights' && value !== 'none' && value !== 'imagenet'
        ? lastOf(String(value))
        : (choices?.[String(value)] ?? String(value));
    return unit ? `${text} ${unit}` : text;
  };
  return {
    kind: 'table',
    name,
    caption,
    head: [word('field'), word('value')],
    facts: true,
    rows: keys.map((key) => {
      const values = Map.groupBy(of.runs.keys(), (at) => told(of.runs[at]!, key));
      return [
        settingWords[language][nameOf(key)].label,
        [...values]
          .map(([value, runs]) =>
            values.size === 1 ? value : `${value}: ${runs.map((at) => of.runNames[at]!).join(', ')}`,
          )
          .join('; '),
      ];
    }),
  };
}

const ofPixels = new Set<SettingKey>(['imageSize', 'canvas', 'crop', 'window']);

function pixelBlocks(of: Gathered, speech: Speech): Block[] {
  const sizes = [...new Set(of.runs.map(({ settings }) => settings.pixels.imageSize))];
  return [
    paragraph(speech.say('reportPixels', { size: sizes.join(', ') })),
    settingTable(of, speech, { name: 'preprocessing', caption: speech.title('preprocessing') }, (key) =>
      ofPixels.has(key),
    ),
  ];
}

function modelBlocks({ runs }: Gathered, speech: Speech): Block[] {
  const { word, say, format } = speech;
  // Seeds and folds of one network count as one model here.
  const each = new Map(runs.map((run) => [`${run.network} ${run.weightsSha256}`, run]));
  return [
    paragraph(say('reportModel', {})),
    {
      kind: 'table',
      name: 'models',
      caption: speech.title('model'),
      head: [word('network'), word('paper'), word('parameters'), word('initialWeights')],
      rows: [...each.values()].map(({ network, weightsSha256 }) => [
        networkTitle(network),
        networkTable[network].paper,
        format.number(networkTable[network].parameters),
        weightsSha256 === null ? word('none') : `SHA-256 ${weightsSha256.slice(0, 16)}…`,
      ]),
    },
  ];
}

function trainingBlocks(of: Gathered, speech: Speech): Block[] {
  const { word, say, format } = speech;
  const took = ({ started, ended }: Run) =>
    started && ended ? format.duration((Date.parse(ended) - Date.parse(started)) / 1000) : '–';
  return [
    paragraph(say('reportTraining', {})),
    paragraph(say('reportImbalance', {})),
    settingTable(of, speech, { name: 'settings', caption: word('settings') }, (key) => !ofPixels.has(key)),
    {
      kind: 'table',
      name: 'runs',
      caption: word('training'),
      head: [
        word('model'),
        word('run'),
        word('seed'),
        word('epochs'),
        word('bestEpoch'),
        word('trainingTime'),
      ],
      rows: of.runs.map((run, at) => [
        of.runNames[at]!,
        run.id,
        String(run.settings.seed),
        String(of.epochs.get(run.id)?.length ?? 0),
        String(run.bestEpoch ?? '–'),
        took(run),
      ]),
    },
  ];
}

function softwareBlocks({ runs }: Gathered, speech: Speech): Block[] {
  const { word, say } = speech;
  const versions = new Map<string, Set<string>>();
  for (const run of runs)
    for (const [name, version] of Object.entries(run.versions))
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
  const devices = [
    ...new Set(
      runs.map(({ computedOn, device }) =>
        computedOn
          ? `${computedOn.name ?? computedOn.kind} (${computedOn.kind === 'cpu' ? computedOn.threads : (computedOn.driver ?? '')})`
          : (device ?? word('unknown')),
      ),
    ),
  ];
  return [
    paragraph(say('reportSoftware', {})),
    factTable('software', speech.title('software'), speech, [
      ...[...versions].map(([name, all]): Fact => [name, [...all].join(', ')]),
      [word('device'), devices.join('; ')],
    ]),
  ];
}

function statisticsBlocks(of: Gathered, { say }: Speech): Block[] {
  const { scans, models, answers, folds, rule, studied } = of;
  const count = scans.length;
  const ninety = wilson({ count: 0.9 * count, of: count });
  const several = answers.models.length > 1;
  const { by, value } = rule ? ruleOf(rule) : { by: 'none' as const, value: '' };
  const made = studied;
  return [
    paragraph(say('reportUnit', {})),
    paragraph(say('reportIntervals', {})),
    ...(folds ? [paragraph(say('reportFoldsMethod', { folds: folds.of }))] : []),
    ...(several && !folds ? [paragraph(say('reportPaired', {}))] : []),
    ...(models.length > answers.models.length ? [paragraph(say('reportEnsemble', {}))] : []),
    paragraph(say('reportThreshold', { threshold: thresholdsIn(of), by, value })),
    paragraph(say('reportCurves', {})),
    ...(made.calibrations.length > 0 ? [paragraph(say('reportCalibration', {}))] : []),
    ...(made.seeds.length > 0 ? [paragraph(say('reportSeeds', {}))] : []),
    ...(made.curves.length > 0 ? [paragraph(say('reportLearning', {}))] : []),
    ...(made.subgroups.length > 0 ? [paragraph(say('reportSubgroups', {}))] : []),
    ...(made.robustness.length > 0
      ? [paragraph(say('reportRobustness', { threshold: String(made.robustness[0]!.threshold) }))]
      : []),
    ...(ninety
      ? [paragraph(say('reportSampleSize', { scans: count, halfWidth: (ninety.high - ninety.low) / 2 }))]
      : []),
  ];
}
