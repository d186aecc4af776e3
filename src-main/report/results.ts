import {
  evidenceMeasures,
  type EvidenceMeasure,
  type MeasureDifference,
  type Pair,
  type UnitEvidence,
} from '../contract/evidence.ts';
import type { FoldComparison } from '../contract/views.ts';
import { FalxError, messageOfWorded } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import { measureLabel, measureTable } from '../contract/measures.ts';
import { thumbnailInSubprocess } from '../images/subprocess.ts';
import { clampProbability } from '../statistics/probability.ts';
import type { Block, Section, ShownScan } from './blocks.ts';
import {
  confusionFigure,
  decisionFigure,
  forestFigure,
  histogramFigure,
  precisionRecallFigure,
  reliabilityFigure,
  rocFigure,
  type Answered,
  type FigureWord,
} from './figures/figures.ts';
import { thresholdsIn, type Gathered } from './gather.ts';
import { paragraph } from './methods.ts';
import type { Speech } from './words.ts';

/** Measures that decide between models. */
export const FOREST = ['accuracy', 'sensitivity', 'specificity', 'auc'] as const;
/** Most verdicts written out in a summary. */
const VERDICTS = 6;
/** Number of misclassified scans shown, and the longest side of a picture, pixels. */
const WORST = 12;
const SIDE = 128;

export const written = (name: EvidenceMeasure, value: number | null, { format }: Speech): string =>
  value === null
    ? '–'
    : measureTable[name].as === 'percent'
      ? format.percent(value, measureTable[name].digits)
      : format.number(value, measureTable[name].digits);

/** Value with the bounds of its interval, kept on one line: without the joiner it could break after the dash. */
export const withInterval = (
  name: EvidenceMeasure,
  { value, low, high }: Pick<MeasureDifference, 'value' | 'low' | 'high'>,
  speech: Speech,
): string =>
  low === null || high === null
    ? written(name, value, speech)
    : `${written(name, value, speech)} (${written(name, low, speech)}\u00a0–\u2060\u00a0${written(name, high, speech)})`;

/** The result, before all details. */
export function summarySection(of: Gathered, speech: Speech): Section {
  const { evidence, models, scans, dataset, negative, splits, folds } = of;
  const { say } = speech;
  const positives = scans.filter(({ label }) => label === 1).length;
  const { pairs } = evidence.perScan;
  const open = pairs.filter(({ verdict }) => verdict.is === 'open').length;
  const told = pairs.toSorted((a, b) => order(a) - order(b)).slice(0, VERDICTS);
  const counts = {
    images: of.answers.labels.length,
    scans: scans.length,
    positives,
    negatives: scans.length - positives,
  };
  const certified = splits.flatMap(({ certificate }) => certificate ?? []);
  const across = certified.reduce((sum, { groupsAcross }) => sum + groupsAcross, 0);
  return {
    id: 'summary',
    title: speech.title('summary'),
    blocks: [
      paragraph(
        [
          say('reportTask', { positive: dataset.positive, negative }),
          folds ? say('reportTestFolds', { folds: splits.length, ...counts }) : say('reportTest', counts),
          ...(certified.length === 0 ? [] : [say('reportApart', { across, groups: certified[0]!.groups })]),
        ].join(' '),
      ),
      ...(told.length > 0
        ? [{ kind: 'list', items: told.map((pair) => verdictText(pair, of, speech)) } satisfies Block]
        : []),
      ...(folds && folds.differences.length > 0
        ? [{ kind: 'list', items: foldVerdicts(folds, of, speech).slice(0, VERDICTS) } satisfies Block]
        : []),
      ...(pairs.length > VERDICTS ? [paragraph(say('reportPairsOpen', { open, pairs: pairs.length }))] : []),
      {
        kind: 'figure',
        name: 'forest',
        caption: say('reportForestCaption', { scans: scans.length, pooled: folds ? 'yes' : 'no' }),
        svg: forestFigure(
          FOREST.map((name) => ({
            measure: measureLabel(name, speech.language),
            of: models.map((model, at) => ({
              ...model,
              ...evidence.perScan.models[at]!.measures[name],
            })),
          })),
          (value) => value.toFixed(3),
        ),
      },
    ],
  };
}

/** For each pair of models over folds: the difference in AUC by the corrected resampled t-test. */
const foldVerdicts = ({ differences }: FoldComparison, { models }: Gathered, speech: Speech): string[] =>
  differences.flatMap(({ a, b, folds, measures: { auc } }) =>
    auc === null
      ? []
      : [
          speech.say('foldDifference', {
            a: models[a]!.name,
            b: models[b]!.name,
            folds,
            measure: measureLabel('auc', speech.language),
            difference: withInterval('auc', auc, speech),
            p: pValue(auc.p, speech),
          }),
        ],
  );

/** Conclusive verdicts first. */
const order = ({ verdict }: Pair): number => (verdict.is === 'better' ? 0 : 1);

function verdictText({ a, b, verdict }: Pair, { models, scans }: Gathered, speech: Speech): string {
  const named = (at: number) => message('runAs', { run: models[at]!.name, network: 'none' });
  if (verdict.is === 'open')
    return speech.say('verdictOpen', {
      a: named(a),
      b: named(b),
      scans: scans.length,
      points: String(Math.round(verdict.points * 1000) / 10),
      needed: verdict.scans,
    });
  return speech.say('verdictBetter', {
    better: named(verdict.model),
    other: named(verdict.model === a ? b : a),
    by: verdict.by,
    atLeast: written(verdict.by, verdict.atLeast, speech),
    scans: scans.length,
  });
}

export function resultSection(of: Gathered, speech: Speech): Section {
  const { evidence, models, scans, dataset, negative } = of;
  const { word, say } = speech;
  const labels = scans.map(({ label }) => label);
  const answered: Answered[] = models.map((model, at) => ({
    ...model,
    threshold: evidence.thresholds[at]!,
    probabilities: scans.map(({ probabilities }) =>
      at < probabilities.length
        ? probabilities[at]!
        : probabilities.reduce((sum, one) => sum + one, 0) / probabilities.length,
    ),
  }));
  const classes = { positive: dataset.positive, negative };
  const words = (name: FigureWord) => word(name);
  const prevalence = labels.filter((label) => label === 1).length / Math.max(1, labels.length);
  const perModel = evidence.perScan.models;
  return {
    id: 'results',
    title: speech.title('results'),
    blocks: [
      ...(of.folds ? [paragraph(say('reportPooled', {}))] : []),
      measures(evidence.perScan, 'per-scan', word('perScan'), of, speech),
      {
        kind: 'figure',
        name: 'roc',
        caption: word('roc'),
        svg: rocFigure(labels, answered, words),
      },
      {
        kind: 'figure',
        name: 'confusion',
        caption: say('reportConfusionCaption', { threshold: thresholdsIn(of) }),
        svg: confusionFigure(
          models.map(({ name }, at) => ({ name, confusion: perModel[at]!.confusion })),
          classes,
          words,
        ),
      },
      ...(evidence.perScan.pairs.length > 0 ? [pairTable(of, speech)] : []),
      {
        kind: 'figure',
        name: 'precision-recall',
        caption: word('precisionRecall'),
        svg: precisionRecallFigure(labels, answered, words),
      },
      {
        kind: 'figure',
        name: 'reliability',
        caption: word('reliability'),
        svg: reliabilityFigure(labels, answered, words),
      },
      {
        kind: 'figure',
        name: 'decision',
        caption: word('decision'),
        svg: decisionFigure(
          models.map((model, at) => ({ ...model, netBenefit: perModel[at]!.netBenefit })),
          prevalence,
          words,
        ),
      },
      {
        kind: 'figure',
        name: 'histogram',
        caption: word('histogram'),
        svg: histogramFigure(labels, answered, classes, words),
      },
      measures(evidence.perImage, 'per-image', word('perImage'), of, speech),
    ],
  };
}

/** Number of models that fit side by side on a page. */
const ABREAST = 5;

function measures(
  unit: UnitEvidence,
  name: string,
  caption: string,
  { models }: Gathered,
  speech: Speech,
): Block {
  return {
    kind: 'table',
    name,
    caption,
    head: [speech.word('measure'), ...models.map((model) => model.name)],
    rows: evidenceMeasures.map((measure) => [
      measureLabel(measure, speech.language),
      ...models.map((_, at) => withInterval(measure, unit.models[at]!.measures[measure], speech)),
    ]),
    abreast: ABREAST,
  };
}

/** As in journals. */
export const pValue = (value: number | null, { format }: Speech): string =>
  value === null ? '–' : value < 0.001 ? '< 0.001' : format.number(value, 3);

function pairTable({ evidence, models }: Gathered, speech: Speech): Block {
  const { word, language } = speech;
  return {
    kind: 'table',
    name: 'pairs',
    caption: word('pairs'),
    head: [
      word('pair'),
      `${measureLabel('auc', language)}: ${word('difference')}`,
      word('p'),
      `${measureLabel('accuracy', language)}: ${word('difference')}`,
      word('p'),
    ],
    rows: evidence.perScan.pairs.map(({ a, b, differences: { auc, accuracy } }) => [
      `${models[a]!.name} − ${models[b]!.name}`,
      withInterval('auc', auc, speech),
      pValue(auc.adjustedP, speech),
      withInterval('accuracy', accuracy, speech),
      pValue(accuracy.adjustedP, speech),
    ]),
  };
}

/** Cross-entropy of one answer, nats. @param probability of the positive class. */
const lossOf = (label: 0 | 1, probability: number): number =>
  -Math.log(clampProbability(label === 1 ? probability : 1 - probability));

/** @param onPicture called before each small picture. */
export async function failureSection(
  of: Gathered,
  speech: Speech,
  onPicture: () => void = () => undefined,
): Promise<Section> {
  const { scans, evidence, models } = of;
  /** Without the mean of all, which is no run of its own. */
  const judges = of.answers.models;
  const { say } = speech;
  const judged = scans.map((scan) => {
    const wrong = judges.filter(
      (_, at) => scan.probabilities[at]! >= evidence.thresholds[at]! !== (scan.label === 1),
    ).length;
    const loss = scan.probabilities.reduce((sum, one) => sum + lossOf(scan.label, one), 0) / judges.length;
    return { scan, wrong, loss };
  });
  const wrong = judged.filter((one) => one.wrong > 0).sort((a, b) => b.loss - a.loss);
  const shown: ShownScan[] = [];
  for (const { scan, loss } of wrong.slice(0, WORST)) {
    onPicture();
    const image = of.images.get(of.answers.imageIds[scan.images[0]!]!)!;
    shown.push({
      picture: await thumbnailInSubprocess(of.dataset.folder, image, SIDE).catch((error: unknown) => {
        if (!(error instanceof FalxError)) throw error;
        return say('reportNoPicture', {
          reason: messageOfWorded({ message: error.message, facts: { ...error.facts } }),
        });
      }),
      lines: [
        image.className,
        image.file,
        ...(scan.images.length > 1 ? [say('reportScanImages', { images: scan.images.length })] : []),
        ...scan.probabilities.map((one, at) => `${models[at]!.name}: ${one.toFixed(3)}`),
        `${speech.word('loss')}: ${loss.toFixed(2)}`,
      ],
    });
  }
  return {
    id: 'failures',
    title: speech.title('failures'),
    blocks:
      wrong.length === 0
        ? [paragraph(say('reportNoFailures', { scans: scans.length }))]
        : [
            paragraph(
              say('reportFailures', {
                wrong: wrong.length,
                scans: scans.length,
                allWrong: wrong.filter((one) => one.wrong === judges.length).length,
              }),
            ),
            { kind: 'scans', caption: say('reportWorst', { shown: shown.length }), scans: shown },
          ],
  };
}
