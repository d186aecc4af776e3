import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNATURE } from '../../src-main/check/signature.ts';
import { checklist } from '../../src-main/contract/checklists.ts';
import type { Part, Run } from '../../src-main/contract/records.ts';
import { alterations, strengths } from '../../src-main/contract/studies.ts';
import { writeFitted, type Fitted } from '../../src-main/evaluate/fitted.ts';
import { cellText, type Report } from '../../src-main/report/blocks.ts';
import { htmlOf } from '../../src-main/report/html.ts';
import { Recipe, SealedRecipe } from '../../src-main/report/recipe.ts';
import { reportOn, type ReportOptions } from '../../src-main/report/report-handlers.ts';
import { makeFolds, makeSplit } from '../../src-main/split/split-handlers.ts';
import { stampOf } from '../../src-main/system/durable.ts';
import { modelHash, writeManifest } from '../../src-main/train/manifest.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

/* Studies of runs beyond their test set, as a report presents them from the records only. */

let made: Made;
beforeAll(() => {
  made = newRegistry();
  addTwinned(made.registry, 'ds-1', 60);
});
afterAll(() => made.remove());

/** A trained run that predicts its test set: 0.9 for a positive image and 0.1 for another, except for those it must miss. */
function addRun(
  id: string,
  splitId: string,
  { misses = 0, ...change }: Partial<Run> & { misses?: number } = {},
): Run {
  const { registry, home } = made;
  const folder = path.join(home, 'runs', id);
  registry.runs.add({ ...sample.run(id, splitId), folder, status: 'done', bestEpoch: 1, ...change });
  const classes = new Map(registry.images.list('ds-1').map((image) => [image.id, image.className]));
  const of = (part: Part) => registry.parts.list(splitId).filter((one) => one.part === part);
  let missed = 0;
  registry.testPredictions.replace(
    id,
    of('test').map(({ imageId }) => {
      const positive = classes.get(imageId) === TUMOUR;
      return { imageId, probability: positive ? ((missed += 1) <= misses ? 0.3 : 0.9) : 0.1 };
    }),
  );
  registry.metrics.put({ ...sample.metrics(id), images: of('test').length });
  return registry.runs.get(id);
}

/** What an evaluation stores of the validation set: positive scans at 0.9, 0.7 and 0.4, negative ones at 0.6, 0.3 and 0.2. */
function keepValidation({ id, folder }: Run): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'saved_model.pb'), 'model');
  const files = { 'saved_model.pb': stampOf(path.join(folder, 'saved_model.pb')) };
  writeManifest(folder, { falx: 1, runId: id, ended: null, files });
  const fitted: Fitted = {
    version: 1,
    runId: id,
    model: modelHash(folder),
    created: '2026-01-02T03:04:05.678Z',
    temperature: 1.5,
    missing: null,
    calibration: null,
    modalities: [],
    outliers: null,
    twins: { owners: [], validation: [] },
    test: null,
    validation: [0.9, 0.7, 0.4, 0.6, 0.3, 0.2].map((probability, group) => ({
      group,
      label: group < 3 ? 1 : 0,
      probability,
    })),
    isotonic: [
      { probability: 0.2, value: 0.1 },
      { probability: 0.8, value: 0.9 },
    ],
  };
  writeFitted(folder, fitted, { values: new Float32Array(1), channels: 1 }, new Float32Array(SIGNATURE));
}

const reports = new Map<string, Promise<Report>>();
/** Reports are cached; `anew`: after something was added to the records. */
function report(
  runIds: readonly string[],
  options: Partial<ReportOptions> = {},
  anew = false,
): Promise<Report> {
  const key = JSON.stringify([runIds, options]);
  const known = anew ? undefined : reports.get(key);
  const one =
    known ?? reportOn({ registry: made.registry, runIds, language: 'en', recipeName: 'r.json', ...options });
  reports.set(key, one);
  return one;
}
const ids = ({ sections }: Report) => sections.map(({ id }) => id);
const textOf = ({ sections }: Report, id: string) => JSON.stringify(sections.find((one) => one.id === id));
function tableOf({ sections }: Report, name: string): string[][] {
  for (const { blocks } of sections)
    for (const block of blocks)
      if (block.kind === 'table' && block.name === name) return block.rows.map((row) => row.map(cellText));
  throw new Error(`no table ${name}`);
}

describe('on one test set', () => {
  let splitId: string;
  beforeAll(() => {
    const { split } = makeSplit({ registry: made.registry, datasetId: 'ds-1', test: 0.4, validation: 0.2 });
    splitId = split.id;
    const settings = (seed: number) => ({ ...sample.run('x', splitId).settings, seed });
    for (const [at, id] of ['run-a', 'run-b'].entries())
      keepValidation(addRun(id, splitId, { misses: 2 + at * 4, settings: settings(at) }));
    addRun('run-old', splitId, { network: 'resnet50' });
  });

  it('says that 0.5 was chosen on no data, and tells what validation would have chosen besides', async () => {
    const one = await report(['run-a']);
    expect(textOf(one, 'statistics')).toContain(
      'positive at a probability of 0.5 or above. That is Falx’s default',
    );
    expect(textOf(one, 'thresholds')).toContain('the measures in this report are at Falx’s default of 0.5');
    // Youden: 0.7 finds two of three without false alarms; 0.4 finds all with one false alarm, equally good; the higher one is chosen.
    const [row] = tableOf(one, 'thresholds');
    expect(Number(row![1])).toBeGreaterThanOrEqual(0.4);
    expect(one.references).toContain('youden1950');
  });

  it('is at thresholds chosen on validation where it is asked to, and says so', async () => {
    const rule = { by: 'sensitivity', least: 1 } as const;
    const one = await report(['run-a', 'run-b'], { rule });
    expect(textOf(one, 'statistics')).toContain(
      'the highest with a sensitivity of at least 1; the test set was not used',
    );
    expect(tableOf(one, 'thresholds')[0]!.slice(0, 4)).toEqual([
      'MobileNetV2 (0)',
      '0.400',
      '100.0% (3)',
      '66.7% (3)',
    ]);
    expect(one.references).not.toContain('youden1950');
    expect(textOf(one, 'limitations')).toContain('chosen on the validation set of this dataset');
    // A missed positive scan has 0.3, or its mean with a twin at 0.9: 0.6. At 0.4 the latter is found.
    const told = (its: Report) => tableOf(its, 'per-scan').find(([name]) => name === 'sensitivity')!;
    expect(parseFloat(told(one)[1]!)).toBeGreaterThanOrEqual(
      parseFloat(told(await report(['run-a', 'run-b']))[1]!),
    );
    await expect(report(['run-old'], { rule })).rejects.toMatchObject({
      facts: { why: 'validationNotKept' },
    });
  });

  it('has calibration before and after what was fitted on validation', async () => {
    const one = await report(['run-a']);
    expect(tableOf(one, 'calibration').map((row) => row[1])).toEqual([
      'uncalibrated',
      'temperature (T = 1.50)',
      'isotonic',
    ]);
    expect(one.references).toContain('guo2017calibration');
    expect(one.references).toContain('zadrozny2002');
    expect(ids(await report(['run-old']))).not.toContain('calibration');
  });

  it('has the spread over seeds with the arithmetic of mean and standard deviation', async () => {
    const one = await report(['run-a', 'run-b']);
    const [row] = tableOf(one, 'seeds');
    expect(row!.slice(0, 2)).toEqual(['MobileNetV2 (96 px)', '0, 1']);
    // Both sample runs have the same metrics: accuracy 9 of 10.
    expect(row![2]).toBe('90.0% ± 0.0% (90.0% – 90.0%)');
    // A limitation applies to the networks it names: not to one that was trained with two seeds.
    expect(textOf(one, 'limitations')).not.toContain('random seed');
    expect(textOf(await report(['run-a']), 'limitations')).toContain(
      'Each network was trained with a single',
    );
    const mixed = textOf(await report(['run-a', 'run-b', 'run-old']), 'limitations');
    expect(mixed).toContain('Not every network was trained with several random seeds');
  });

  it('has subgroups by a table’s column, with those that are small marked', async () => {
    const { registry } = made;
    const csv = path.join(made.home, 'sites.csv');
    const images = registry.images.list('ds-1');
    // Twins are two apart: both belong to one site.
    writeFileSync(
      csv,
      ['file,site', ...images.map(({ file }, at) => `${file},${at % 4 < 2 ? 'A' : 'B'}`)].join('\n'),
    );
    const one = await report(['run-a'], { by: [{ by: 'site', csv }] });
    const rows = tableOf(one, 'subgroups-1');
    expect(rows.map(([value]) => value)).toEqual(['A *', 'B *']);
    expect(textOf(one, 'limitations')).not.toContain('Subgroups');
    await expect(report(['run-a'], { by: [{ by: 'nothing' }] })).rejects.toMatchObject({
      facts: { why: 'attributeUnknown' },
    });
  });

  it('has the learning curve of a run whose network was also trained on less, by the records and by hand', async () => {
    const { registry } = made;
    expect(ids(await report(['run-b']))).not.toContain('learning');
    const item = (its: Report) => tableOf(its, 'tripod').find(([number]) => number === '10')![2];
    expect(item(await report(['run-b']))).not.toContain('Learning curve');
    const { settings } = registry.runs.get('run-b');
    const half = addRun('run-half', splitId, { misses: 9, settings: { ...settings, trainShare: 0.5 } });
    const one = await report(['run-b'], {}, true);
    const rows = tableOf(one, 'learning');
    // The other seed, which the report is not about, is in it too.
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      ['MobileNetV2 (96 px)', half.id, '1', '50%'],
      ['MobileNetV2 (96 px)', 'run-a', '0', '100%'],
      ['MobileNetV2 (96 px)', 'run-b', '1', '100%'],
    ]);
    const training = registry.parts.list(splitId).filter(({ part }) => part === 'train').length;
    // Every image has one twin: half as many scans as images.
    expect(rows[1]!.slice(4, 6)).toEqual([String(training / 2), String(training)]);
    expect(Number(rows[0]![5])).toBe(2 * Number(rows[0]![4]));
    expect(Number(rows[0]![5]) / training).toBeCloseTo(0.5, 0);
    // The mean of each scan's two predictions: 0.9, 0.3, or 0.6 where one of them was missed.
    const answers = registry.testPredictions.list(half.id);
    const scanOf = (imageId: number) => Math.floor((imageId - 1) / 4) * 2 + ((imageId - 1) % 2);
    const positives = [
      ...Map.groupBy(
        answers.filter(({ label }) => label === 1),
        ({ imageId }) => scanOf(imageId),
      ).values(),
    ].map((some) => some.reduce((sum, { probability }) => sum + probability, 0) / some.length >= 0.5);
    const sensitivity = positives.filter(Boolean).length / positives.length;
    expect(rows[0]![8]).toMatch(new RegExp(`^${(100 * sensitivity).toFixed(1).replace('.', '\\.')}% \\(`));
    expect(item(one)).toContain('Learning curve');
    expect(textOf(one, 'reproduce')).toContain('--train-share 0.5');
    const figures = one.sections
      .find(({ id }) => id === 'learning')!
      .blocks.filter(({ kind }) => kind === 'figure');
    expect(figures).toHaveLength(2);
    // The report is on the run trained on all of it.
    expect(tableOf(one, 'model-card').find(([field]) => /data/i.test(field!))![1]).toMatch(
      new RegExp(`^${training} training`),
    );
    const both = await report(['run-b', half.id], {}, true);
    expect(tableOf(both, 'model-card').find(([field]) => /data/i.test(field!))![1]).toMatch(
      new RegExp(`^${rows[0]![5]!}–${training} training`),
    );
  });

  it('numbers no figure or table twice, in Korean too', async () => {
    for (const language of ['en', 'ko'] as const) {
      const page = htmlOf(await report(['run-a', 'run-b'], { language }));
      const numbers = [...page.matchAll(/<caption>(?:Table|표) (\d+)\. /g)].map(([, n]) => Number(n));
      expect(numbers).toEqual(numbers.map((_, at) => at + 1));
      expect(page.match(/<svg /g)!.length).toBe(page.match(/<\/svg>/g)!.length);
    }
  });

  it('has robustness only of runs that were put through it, and CLAIM’s item 30 is answered then', async () => {
    const { registry } = made;
    const item = (its: Report) => tableOf(its, 'claim').find(([number]) => number === '30')!;
    const before = await report(['run-a']);
    expect(ids(before)).not.toContain('robustness');
    expect(item(before)[2]).toBe('Limitations found by the audits');
    const rows = registry.testPredictions.list('run-a');
    registry.studies.putRobustness({
      runId: 'run-a',
      created: '2026-01-02T03:04:05.678Z',
      threshold: 0.5,
      imageIds: rows.map(({ imageId }) => imageId),
      clean: rows.map(({ probability }) => probability),
      // At every severity of blur nothing is found any more.
      altered: alterations.flatMap((by) =>
        strengths.map((strength) => ({
          by,
          strength,
          // At every severity of noise everything is called positive.
          probabilities: rows.map(({ probability }) =>
            by === 'blur' ? 0.1 : by === 'noise' ? 0.9 : probability,
          ),
        })),
      ),
    });
    const one = await report(['run-a'], {}, true);
    const blurred = tableOf(one, 'robustness').find(([, by, at]) => by === 'blur' && at === 'strength 5')!;
    expect(blurred[5]).toMatch(/^0\.0%/);
    // Where sensitivity falls, and where specificity does: completely at the first severity, five percentage points at once.
    const falls = (of: string) =>
      tableOf(one, 'robustness')
        .find(([, by, at]) => by === of && at === 'strength 5')!
        .slice(7);
    expect(falls('blur')).toEqual([expect.stringMatching(/^0\.[01]$/), '–']);
    expect(falls('noise')).toEqual(['–', expect.stringMatching(/^0\.[01]$/)]);
    expect(falls('motion')).toEqual(['–', '–']);
    expect(item(one).slice(2)).toEqual(['Robustness', '–']);
    expect(textOf(one, 'limitations')).not.toContain('was not measured');
  });
});

describe('on folds', () => {
  let runIds: string[];
  beforeAll(() => {
    const folds = makeFolds({ registry: made.registry, datasetId: 'ds-1', folds: 3, validation: 0.1 });
    runIds = folds.flatMap(({ split }, at) => [
      addRun(`run-m${at}`, split.id, { misses: 2 }).id,
      addRun(`run-r${at}`, split.id, { network: 'resnet50' }).id,
    ]);
  });

  it('tests each image once, and tells mean, spread and all answers together', async () => {
    const one = await report(runIds);
    expect(textOf(one, 'summary')).toContain(
      'Cross-validation in 3 folds: each of 60 images of 30 scans (15 positive and 15 negative)',
    );
    const accuracy = tableOf(one, 'folds').filter(([, measure]) => measure === 'accuracy');
    expect(accuracy.map(([model]) => model)).toEqual(['MobileNetV2', 'ResNet50']);
    // Two of the 20 images of each fold are missed: 18 of 20 in every fold.
    expect(accuracy[0]!.slice(2)).toEqual(['90.0% ± 0.0%', expect.stringMatching(/^90\.0% \(/)]);
    expect(accuracy[1]![2]).toBe('100.0% ± 0.0%');
    expect(tableOf(one, 'fold-values')).toHaveLength(6);
    expect(tableOf(one, 'fold-differences')).toHaveLength(1);
    expect(tableOf(one, 'parts').at(-1)).toEqual(['all', '20', '20', '20']);
    expect(one.references).toContain('nadeau2003');
    expect(textOf(one, 'limitations')).toContain('Folds share most of their training images');
  });

  it('has a recipe with each fold’s hash and each run’s fold', async () => {
    const { recipe } = SealedRecipe.parse(JSON.parse((await report(runIds)).recipe));
    const { split, runs } = Recipe.parse(recipe);
    expect(new Set(split.folds).size).toBe(3);
    expect(runs.map(({ fold }) => fold)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('refuses a rule for thresholds, and names a fold without a run', async () => {
    await expect(report(runIds, { rule: { by: 'youden' } })).rejects.toMatchObject({
      facts: { why: 'reportRuleOfFolds' },
    });
    expect(textOf(await report(runIds.slice(0, 5)), 'spread')).toContain(
      'ResNet50 has no evaluated run on these folds: 3',
    );
  });
});

it('every item of the check-lists that a section answers has that section in its list', () => {
  for (const name of ['claim', 'tripod'] as const)
    for (const [number, { where }] of checklist(name, () => true)) expect(where, number).toBeDefined();
});
