import type { EvidenceMeasure } from '../contract/evidence.ts';
import { measureLabel } from '../contract/measures.ts';
import { networkTitle } from '../contract/networks.ts';
import type { CalibrationName, Validation } from '../contract/studies.ts';
import type { FoldComparison, FoldMeasureName, SeedSummary } from '../contract/views.ts';
import { foldMeasureNames, learningMeasures } from '../contract/views.ts';
import type { Block, Section } from './blocks.ts';
import { forestFigure, type Drawn } from './figures/figures.ts';
import {
  calibrationFigure,
  learningFigure,
  robustnessFigure,
  spreadFigure,
  type SpreadRow,
} from './figures/study-figures.ts';
import { styleOf, type Gathered } from './gather.ts';
import { paragraph } from './methods.ts';
import { FOREST, pValue, withInterval, written } from './results.ts';
import { ruleOf, type Speech } from './words.ts';

/** Studies of runs beyond their test set: one section each, if it was made. */
export const studySections = (of: Gathered, speech: Speech): Section[] =>
  (
    [
      ['thresholds', thresholdBlocks],
      ['calibration', calibrationBlocks],
      ['spread', spreadBlocks],
      ['learning', learningBlocks],
      ['subgroups', subgroupBlocks],
      ['robustness', robustnessBlocks],
      ['external', externalBlocks],
    ] as const
  ).flatMap(([id, blocksOf]): Section[] => {
    const blocks = blocksOf(of, speech);
    return blocks.length === 0 ? [] : [{ id, title: speech.title(id), blocks }];
  });

const three = (value: number): string => value.toFixed(3);

/** A run's name and style in figures. */
function runOf({ runs, runNames, models, folds }: Gathered, runId: string): Drawn {
  const at = runs.findIndex(({ id }) => id === runId);
  const model = folds
    ? models[folds.summaries.findIndex((one) => one.runs.some((run) => run.runId === runId))]
    : models[at];
  return { ...(model ?? { colour: '#444b55' }), name: runNames[at]! };
}

function thresholdBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language, format } = speech;
  const { chosen, chosenBy } = of.studied;
  if (chosen.length === 0) return [];
  const at = (part: string, measure: EvidenceMeasure) => `${part}: ${measureLabel(measure, language)}`;
  const share = (value: number, count: number) => `${format.percent(value, 1)} (${format.number(count)})`;
  return [
    paragraph(say('reportChosen', { ...ruleOf(chosenBy), asked: of.rule ? 'yes' : 'no' })),
    {
      kind: 'table',
      name: 'thresholds',
      caption: speech.title('thresholds'),
      head: [
        word('model'),
        word('threshold'),
        at(word('validation'), 'sensitivity'),
        at(word('validation'), 'specificity'),
        at(word('test'), 'sensitivity'),
        at(word('test'), 'specificity'),
      ],
      rows: chosen.map(({ runId, threshold, validation, test }) => {
        const { sensitivity, specificity } = test.perScan.models[0]!.measures;
        return [
          runOf(of, runId).name,
          three(threshold),
          share(validation.sensitivity, validation.positives),
          share(validation.specificity, validation.negatives),
          withInterval('sensitivity', sensitivity, speech),
          withInterval('specificity', specificity, speech),
        ];
      }),
    },
    paragraph(say('reportChosenRead', {})),
  ];
}

const CALIBRATION = ['ece', 'calibrationSlope', 'calibrationIntercept', 'brier', 'logLoss'] as const;

function calibrationBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const { calibrations } = of.studied;
  if (calibrations.length === 0) return [];
  const how = (name: CalibrationName) => say('calibratedHow', { how: name });
  return [
    paragraph(say('reportCalibration', {})),
    {
      kind: 'table',
      name: 'calibration',
      caption: say('reportCalibrationCaption', { scans: calibrations[0]!.scans }),
      head: [word('model'), word('fitted'), ...CALIBRATION.map((name) => measureLabel(name, language))],
      rows: calibrations.flatMap(({ runId, temperature, versions }) =>
        versions.map((version) => [
          runOf(of, runId).name,
          version.how === 'temperature'
            ? `${how(version.how)} (T = ${temperature.toFixed(2)})`
            : how(version.how),
          ...CALIBRATION.map((name) => withInterval(name, version.measures[name], speech)),
        ]),
      ),
    },
    {
      kind: 'figure',
      name: 'calibration',
      caption: say('reportCalibrationFigure', {}),
      svg: calibrationFigure(
        calibrations.map((view) => ({ name: runOf(of, view.runId).name, view })),
        word,
        how,
      ),
    },
  ];
}

const meanAndSd = (
  name: FoldMeasureName,
  { mean, sd }: { mean: number | null; sd: number | null },
  speech: Speech,
): string =>
  mean === null
    ? '–'
    : sd === null
      ? written(name, mean, speech)
      : `${written(name, mean, speech)} ± ${written(name, sd, speech)}`;

function spreadBlocks(of: Gathered, speech: Speech): Block[] {
  const { folds, studied } = of;
  if (folds) return foldBlocks(folds, of, speech);
  return studied.seeds.length > 0 ? seedBlocks(studied.seeds, of, speech) : [];
}

function seedBlocks(seeds: readonly SeedSummary[], of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const named = ({ network, imageSize }: SeedSummary) => `${networkTitle(network)} (${imageSize} px)`;
  return [
    paragraph(say('reportSeeds', {})),
    {
      kind: 'table',
      name: 'seeds',
      caption: say('reportSeedsCaption', {}),
      head: [word('model'), word('seeds'), ...FOREST.map((name) => measureLabel(name, language))],
      rows: seeds.map((summary) => [
        named(summary),
        summary.runs.map(({ seed }) => seed).join(', '),
        ...FOREST.map((name) => {
          const { least, most, ...spread } = summary.measures[name];
          const told = meanAndSd(name, spread, speech);
          return least === null || most === null
            ? told
            : `${told} (${written(name, least, speech)} – ${written(name, most, speech)})`;
        }),
      ]),
    },
    {
      kind: 'figure',
      name: 'seeds',
      caption: say('reportSeedsFigure', {}),
      svg: spreadFigure(
        FOREST.map((name): SpreadRow => ({
          measure: measureLabel(name, language),
          of: seeds.map((summary) => ({
            ...runOf(of, summary.runs[0]!.runId),
            name: named(summary),
            values: summary.runs.map(({ values }) => values[name]),
            mean: summary.measures[name].mean,
          })),
        })),
        three,
      ),
    },
  ];
}

function foldBlocks(folds: FoldComparison, of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const { models } = of;
  const { summaries, differences } = folds;
  const missing = summaries.flatMap((summary, at) =>
    summary.missing.length === 0
      ? []
      : [
          say('reportFoldsMissing', {
            model: models[at]!.name,
            folds: summary.missing.map((fold) => fold + 1).join(', '),
          }),
        ],
  );
  return [
    paragraph(say('reportFolds', { folds: folds.of })),
    ...missing.map((text) => paragraph(text)),
    {
      kind: 'table',
      name: 'folds',
      caption: say('reportFoldsCaption', { folds: folds.of }),
      head: [word('model'), word('measure'), word('meanSd'), word('pooled')],
      rows: summaries.flatMap(({ measures }, at) =>
        foldMeasureNames.map((name) => [
          models[at]!.name,
          measureLabel(name, language),
          meanAndSd(name, measures[name], speech),
          withInterval(
            name,
            { value: measures[name].pooled, low: measures[name].low, high: measures[name].high },
            speech,
          ),
        ]),
      ),
    },
    {
      kind: 'figure',
      name: 'folds',
      caption: say('reportFoldsFigure', {}),
      svg: spreadFigure(
        FOREST.map((name): SpreadRow => ({
          measure: measureLabel(name, language),
          of: summaries.map(({ runs, measures }, at) => ({
            ...models[at]!,
            values: runs.map(({ values }) => values[name]),
            mean: measures[name].mean,
          })),
        })),
        three,
      ),
    },
    {
      kind: 'table',
      name: 'fold-values',
      caption: say('reportFoldValues', {}),
      head: [
        word('model'),
        word('fold'),
        word('images'),
        ...FOREST.map((name) => measureLabel(name, language)),
      ],
      rows: summaries.flatMap(({ runs }, at) =>
        runs.map(({ fold, images, values }) => [
          models[at]!.name,
          String(fold + 1),
          String(images),
          ...FOREST.map((name) => written(name, values[name], speech)),
        ]),
      ),
    },
    ...(differences.length === 0
      ? []
      : [
          {
            kind: 'table',
            name: 'fold-differences',
            caption: say('reportFoldDifferences', {}),
            head: [
              word('pair'),
              word('folds'),
              `${measureLabel('auc', language)}: ${word('difference')}`,
              'p',
              `${measureLabel('accuracy', language)}: ${word('difference')}`,
              'p',
            ],
            rows: differences.map(({ a, b, folds: common, measures: { auc, accuracy } }) => [
              `${models[a]!.name} − ${models[b]!.name}`,
              String(common),
              auc ? withInterval('auc', auc, speech) : '–',
              pValue(auc?.p ?? null, speech),
              accuracy ? withInterval('accuracy', accuracy, speech) : '–',
              pValue(accuracy?.p ?? null, speech),
            ]),
          } satisfies Block,
        ]),
  ];
}

function learningBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language, format } = speech;
  const { curves } = of.studied;
  if (curves.length === 0) return [];
  const named = curves.map(({ network, imageSize }) => `${networkTitle(network)} (${imageSize} px)`);
  return [
    paragraph(say('reportLearning', {})),
    {
      kind: 'table',
      name: 'learning',
      caption: say('reportLearningCaption', { scans: curves[0]!.scans }),
      head: [
        word('model'),
        word('run'),
        word('seed'),
        word('share'),
        word('trainedScans'),
        word('images'),
        ...learningMeasures.map((name) => measureLabel(name, language)),
      ],
      rows: curves.flatMap(({ points }, at) =>
        points.map(({ runId, seed, share, groups, images, measures }) => [
          named[at]!,
          runId,
          String(seed),
          format.percent(share, 0),
          format.number(groups),
          format.number(images),
          ...learningMeasures.map((name) => withInterval(name, measures[name], speech)),
        ]),
      ),
    },
    ...(['auc', 'accuracy'] as const).map((measure): Block => ({
      kind: 'figure',
      name: `learning-${measure}`,
      caption: say('reportLearningFigure', { measure: measureLabel(measure, language) }),
      svg: learningFigure(
        curves.map(({ network, points }, at) => ({
          name: named[at]!,
          ...styleOf(network, curves.slice(0, at).filter((one) => one.network === network).length),
          points: points.map((point) => ({ ...point, ...point.measures[measure] })),
        })),
        { across: word('trainedScans'), up: measureLabel(measure, language) },
      ),
    })),
  ];
}

function subgroupBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const { subgroups } = of.studied;
  if (subgroups.length === 0) return [];
  const known = ['folder', 'format', 'manufacturer', 'model', 'fieldStrength', 'scanningSequence'] as const;
  return [
    paragraph(say('reportSubgroups', {})),
    ...subgroups.flatMap(({ by, groups, runIds, unknown }, place): Block[] => {
      const attribute = say('reportAttribute', { of: known.find((one) => one === by) ?? 'other', name: by });
      const told = (value: string, small: boolean) => `${value}${small ? ' *' : ''}`;
      return [
        {
          kind: 'table',
          name: `subgroups-${place + 1}`,
          caption: say('reportSubgroupsCaption', { by: attribute, unknown }),
          head: [
            attribute,
            word('positive'),
            word('negative'),
            word('model'),
            ...FOREST.map((name) => measureLabel(name, language)),
          ],
          rows: groups.flatMap(({ value, small, positives, negatives, perScan }) =>
            runIds.map((runId, at) => [
              told(value, small),
              String(positives),
              String(negatives),
              runOf(of, runId).name,
              ...FOREST.map((name) => withInterval(name, perScan.models[at]!.measures[name], speech)),
            ]),
          ),
        },
        {
          kind: 'figure',
          name: `subgroups-${place + 1}`,
          caption: say('reportSubgroupsFigure', { by: attribute }),
          svg: forestFigure(
            groups.map(({ value, small, perScan }) => ({
              measure: told(value, small),
              of: runIds.map((runId, at) => ({
                ...runOf(of, runId),
                ...perScan.models[at]!.measures.accuracy,
              })),
            })),
            three,
          ),
        },
      ];
    }),
  ];
}

const ROBUST = ['auc', 'accuracy', 'sensitivity', 'specificity'] as const;

function robustnessBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const { robustness } = of.studied;
  if (robustness.length === 0) return [];
  const drawn = robustness.map((one) => ({ model: runOf(of, one.runId), robustness: one }));
  const figure = (measure: 'auc' | 'accuracy'): Block => ({
    kind: 'figure',
    name: `robustness-${measure}`,
    caption: say('reportRobustnessFigure', { measure: measureLabel(measure, language) }),
    svg: robustnessFigure(drawn, measure, {
      words: word,
      label: measureLabel(measure, language),
      alteration: (by) => say('alteration', { by }),
    }),
  });
  const strength = (at: number) => say('alteredStrength', { strength: at === 0 ? 'none' : String(at) });
  return [
    paragraph(say('reportRobustness', { threshold: String(robustness[0]!.threshold) })),
    {
      kind: 'table',
      name: 'robustness',
      caption: say('reportRobustnessCaption', { scans: robustness[0]!.scans }),
      head: [
        word('model'),
        word('alteration'),
        word('strength'),
        ...ROBUST.map((name) => measureLabel(name, language)),
        word('falls'),
        word('specificityFalls'),
      ],
      rows: drawn.flatMap(({ model, robustness: { curves } }) => {
        const told = ROBUST.map((name) => withInterval(name, curves[0]!.points[0]![name], speech));
        return [
          [model.name, '–', strength(0), ...told, '', ''],
          ...curves.flatMap(({ by, points, falls, specificityFalls }) =>
            [3, 5].map((at) => [
              model.name,
              say('alteration', { by }),
              strength(at),
              ...ROBUST.map((name) =>
                withInterval(name, points.find((point) => point.strength === at)![name], speech),
              ),
              ...[falls, specificityFalls].map((fall) => (at === 5 ? (fall?.toFixed(1) ?? '–') : '')),
            ]),
          ),
        ];
      }),
    },
    figure('auc'),
    figure('accuracy'),
  ];
}

/** Performance of runs on other datasets; scans that they had seen before are left out. */
function externalBlocks(of: Gathered, speech: Speech): Block[] {
  const { say, word, language } = speech;
  const { validations } = of.studied;
  if (validations.length === 0) return [];
  const named = ({ runId, dataset }: Validation) => `${runOf(of, runId).name}: ${dataset.name}`;
  const unseen = validations.filter((one) => one.unseen !== null);
  return [
    paragraph(say('reportExternal', { threshold: String(validations[0]!.threshold) })),
    {
      kind: 'table',
      name: 'external',
      caption: say('reportExternalCaption', {}),
      head: [
        word('model'),
        word('dataset'),
        word('unseenScans'),
        ...FOREST.map((name) => measureLabel(name, language)),
        say('reportExternalDrop', {}),
        word('met'),
      ],
      rows: validations.map(({ runId, dataset, images, seen, unseen: its, drop }) => [
        runOf(of, runId).name,
        dataset.name,
        String(its?.perScan.units ?? 0),
        ...FOREST.map((name) =>
          its ? withInterval(name, its.perScan.models[0]!.measures[name], speech) : '–',
        ),
        drop ? withInterval('auc', drop.perScan.auc, speech) : '–',
        say('reportMet', { met: images - seen.unseen, images }),
      ]),
    },
    ...inFigures(FOREST, 2 * unseen.length).map(({ these, place }): Block => ({
      kind: 'figure',
      name: `external${place}`,
      caption: say('reportExternalFigure', {
        measures: these.map((name) => measureLabel(name, language)).join(', '),
      }),
      svg: forestFigure(
        these.map((name) => ({
          measure: measureLabel(name, language),
          of: unseen.flatMap((one) => {
            const { colour } = runOf(of, one.runId);
            return [
              {
                name: `${runOf(of, one.runId).name}: ${word('test')}`,
                colour,
                dash: '3 2',
                ...one.test.perScan.models[0]!.measures[name],
              },
              { name: named(one), colour, ...one.unseen!.perScan.models[0]!.measures[name] },
            ];
          }),
        })),
        three,
      ),
    })),
  ];
}

/** Most lines of a legible figure of measures. */
const LINES = 44;

/** Measures distributed over as few legible figures as possible, with a suffix for each figure's name. @param lines per measure. */
function inFigures<M>(measures: readonly M[], lines: number): { these: readonly M[]; place: string }[] {
  if (lines === 0) return [];
  const each = Math.max(1, Math.floor(LINES / lines));
  const count = Math.ceil(measures.length / each);
  return Array.from({ length: count }, (_, at) => ({
    these: measures.slice(at * each, (at + 1) * each),
    place: count === 1 ? '' : `-${at + 1}`,
  }));
}
