import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Comparison, ComparisonRow } from '../../src-main/compare/compare-handlers.ts';
import { networkNames } from '../../src-main/contract/networks.ts';
import type { Dataset, Epoch, Metrics, Prediction, Run, Split } from '../../src-main/contract/records.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { falx, falxJson, lives, startFalx, workersOf } from '../shells/cli/falx.ts';

/** From a folder of scans to an answer with the real command line, starting with an empty home folder. */
const place = mkdtempSync(path.join(tmpdir(), 'falx-journey-'));
const home = path.join(place, 'home');
const scans = path.join(place, 'scans');
const json = <T>(...args: string[]) => falxJson<T>(home, args);
const tiny = ['--networks', 'mobilenetv2', '--size', '32', '--batch', '8', '--weights', 'none'];

/** Content, modification time and inode of everything in a folder. */
function fingerprint(folder: string): string[] {
  return ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].toSorted().map((name) => {
    const file = path.join(folder, name);
    const { ino, mode, nlink, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    const content = statSync(file).isFile() ? sha256Of(readFileSync(file)) : 'folder';
    return [name, ino, mode, nlink, mtimeNs, ctimeNs, content].join(' ');
  });
}

let splitId: string;
let untouched: string[];
afterAll(() => rmSync(place, { recursive: true, force: true }));

beforeAll(async () => {
  await json('demo', scans, '--per-class', '40', '--size', '64', '--seed', '3');
  untouched = fingerprint(scans);
  expect(untouched.length).toBeGreaterThan(80);
  const { dataset } = await json<{ dataset: Dataset }>('import', scans, '--name', 'phantoms');
  splitId = (await json<{ split: Split }>('split', dataset.id, '--seed', '5')).split.id;
});

describe('from phantoms to a prediction', () => {
  let run: Run;

  test('demo writes two classes, import finds them and split parts them', async () => {
    const again = await json<{
      dataset: Dataset;
      images: number;
      classes: Record<string, number>;
      positive: string;
      duplicates: number;
      quarantined: unknown[];
    }>('import', scans);
    expect(again.images).toBe(80);
    expect(Object.values(again.classes)).toEqual([40, 40]);
    expect(Object.keys(again.classes)).toContain(again.positive);
    expect(again).toMatchObject({ duplicates: 0, quarantined: [] });
    const split = await json<{ split: Split; counts: Record<string, number> }>(
      'split',
      'phantoms',
      '--test',
      '0.2',
      '--validation',
      '0.1',
      '--seed',
      '5',
    );
    expect(split.counts).toEqual({ train: 56, validation: 8, test: 16 });
    expect(split.split.id).not.toBe(splitId);
  });

  test('train says that it starts from scratch, and gives the runs', async () => {
    const ended = await falx(home, 'train', splitId, ...tiny, '--epochs', '2', '--json');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/MobileNetV2 starts without pretrained weights: it is trained from scratch/);
    const { runs } = JSON.parse(ended.stdout) as { runs: Run[] };
    expect(runs).toMatchObject([{ network: 'mobilenetv2', status: 'done', splitId }]);
    run = runs[0]!;
  });

  test('evaluate, compare, runs and show tell the same figures', async () => {
    const { metrics, roc } = await json<{ metrics: Metrics; roc: { threshold: number | null }[] }>(
      'evaluate',
      run.id,
    );
    expect(metrics.images).toBe(16);
    expect(roc[0]!.threshold).toBeNull();
    const { runs } = await json<{ runs: ComparisonRow[] }>('compare', run.id);
    expect(runs[0]).toMatchObject({
      id: run.id,
      network: 'mobilenetv2',
      accuracy: metrics.accuracy.value,
      sensitivity: metrics.sensitivity.value,
      specificity: metrics.specificity.value,
      auc: metrics.auc,
      confusion: metrics.confusion,
      intervals: { accuracy: { value: metrics.accuracy.value }, auc: { value: metrics.auc } },
    });
    const listed = await json<{ runs: (Run & { metrics: Metrics })[] }>('runs');
    expect(listed.runs.find(({ id }) => id === run.id)!.metrics).toEqual(metrics);
    const shown = await json<{ run: Run; epochs: Epoch[]; metrics: Metrics[] }>('show', run.id.slice(0, 7));
    expect(shown.run).toEqual(run);
    expect(shown.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(shown.metrics).toEqual([metrics]);
  });

  test('the same in words', async () => {
    const { stdout } = await falx(home, 'compare', run.id);
    expect(stdout.split('\n')[1]).toMatch(/^run +network +status +accuracy +sensitivity +specificity/);
    expect(stdout.split('\n')[2]).toMatch(
      new RegExp(`^${run.id} +mobilenetv2 +done +[01]\\.\\d{3} \\(\\d+/16\\)`),
    );
    expect(stdout).toMatch(
      new RegExp(
        `95% confidence intervals\nrun +network +accuracy .*\n${run.id} +mobilenetv2 +[01]\\.\\d{3} to `,
      ),
    );
    expect((await falx(home, 'show', splitId)).stdout).toContain('56 train, 8 validation, 16 test');
    expect((await falx(home, 'show', 'phantoms')).stdout).toContain('80 images');
  });

  test('predict answers for scans', async () => {
    const folder = path.join(
      scans,
      readdirSync(scans).find((name) =>
        existsSync(path.join(scans, name, readdirSync(path.join(scans, name))[0]!)),
      )!,
    );
    const files = readdirSync(folder)
      .slice(0, 2)
      .map((name) => path.join(folder, name));
    const { predictions } = await json<{ predictions: Prediction[] }>('predict', run.id, ...files);
    expect(predictions.map(({ file }) => file)).toEqual(files);
    for (const { probability, label, positive, error } of predictions) {
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
      expect(positive).toBe(probability! >= 0.5);
      expect(label).toEqual(expect.any(String));
      expect(error).toBeNull();
    }
  });

  test('predict on a text file named .png exits with 1 and a clear sentence', async () => {
    const letter = path.join(place, 'letter.png');
    writeFileSync(letter, 'Dear colleague, the scan is attached.\n');
    const ended = await falx(home, 'predict', run.id, letter);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^falx: ".*letter\.png" is not an image that Falx can read: it holds text\./m,
    );
    const { predictions } = await falxJson<{ predictions: Prediction[] }>(
      home,
      ['predict', run.id, letter],
      1,
    );
    expect(predictions).toMatchObject([
      {
        file: letter,
        probability: null,
        label: null,
        positive: null,
        error: expect.stringContaining('letter.png'),
      },
    ]);
  });

  test('export gives a SavedModel, and spares a folder that is in use', async () => {
    const target = path.join(place, 'model');
    const { files } = await json<{ files: string[] }>('export', run.id, target);
    expect(files).toContain('saved_model.pb');
    expect(existsSync(path.join(target, 'saved_model.pb'))).toBe(true);
    expect(await falx(home, 'export', run.id, target)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not empty/),
    });
  });

  test('doctor finds TensorFlow and says why there is no GPU, if there is none', async () => {
    const checkup = await json<{
      node: { version: string };
      tensorflow: { version: string };
      devices: { kind: string; used: boolean; reason: string | null }[];
      weights: { network: string }[];
    }>('doctor');
    expect(checkup.node.version).toBe(process.versions.node);
    expect(checkup.tensorflow.version).toMatch(/^2\./);
    for (const device of checkup.devices) expect(device.used || device.reason).toBeTruthy();
    expect(checkup.devices.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['cpu', 'gpu']));
    expect(checkup.weights.map(({ network }) => network)).toEqual(networkNames);
  });

  test('what is removed comes back with its model, and what was done is in the trail', async () => {
    await json('check', 'phantoms');
    await json('remove', run.id);
    expect(await json<{ runs: Run[] }>('runs')).toEqual({ runs: [] });
    const { items } = await json<{ items: { id: string; bytes: number }[] }>('trash');
    expect(items).toMatchObject([{ id: run.id, kind: 'run' }]);
    expect(items[0]!.bytes).toBeGreaterThan(1e6);
    await json('trash', 'restore', run.id);
    expect((await json<{ runs: Run[] }>('runs')).runs).toMatchObject([{ id: run.id, status: 'done' }]);
    const { entries } = await json<{ entries: { entry: { action: string } }[] }>(
      'audit-log',
      '--limit',
      '200',
    );
    const actions = new Set(entries.map(({ entry }) => entry.action));
    for (const action of [
      'dataset-imported',
      'split-made',
      'run-queued',
      'run-begun',
      'run-ended',
      'run-evaluated',
      'predicted',
      'model-exported',
      'removed',
      'restored',
    ])
      expect(actions).toContain(action);
    expect(await json('audit-log', 'verify', '--against', path.join(place, 'model'))).toMatchObject({
      whole: true,
    });
    expect(await json<{ backups: unknown[] }>('registry')).toMatchObject({ backups: [{ daily: true }] });
  });

  test('the folder of scans is what it was, to the inode, after all of that and a removal for good', async () => {
    const copy = await json<{ dataset: Dataset }>('import', scans, '--name', 'goes', '--reread');
    await json('remove', 'goes', splitId, run.id);
    await json('trash', 'restore', splitId);
    await json('trash', 'empty', copy.dataset.id, run.id);
    expect((await falx(home, 'show', 'goes')).code).toBe(1);
    expect(existsSync(run.folder)).toBe(false);
    expect(fingerprint(scans)).toEqual(untouched);
  });
});

describe('when something comes between', () => {
  test('Ctrl-C stops and keeps the best epoch', async () => {
    const { child, ended, heard } = startFalx(home, [
      'train',
      splitId,
      ...tiny,
      '--epochs',
      '500',
      '--patience',
      '0',
      '--json',
    ]);
    await heard('epoch 2/500');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const { runs } = JSON.parse(stdout) as { runs: Run[] };
    expect(runs).toMatchObject([{ status: 'stopped', bestEpoch: expect.any(Number) }]);
    expect(code).toBe(0);
    expect((await json<{ metrics: Metrics }>('evaluate', runs[0]!.id)).metrics.images).toBe(16);
  });

  test('an order to end breaks off: the run is interrupted and the exit code 1', async () => {
    const { child, ended, heard } = startFalx(home, [
      'train',
      splitId,
      ...tiny,
      '--epochs',
      '500',
      '--patience',
      '0',
      '--json',
    ]);
    await heard('epoch 1/500');
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ status: 'interrupted' }] });
    expect(code).toBe(1);
  });

  test.skipIf(process.platform !== 'linux')(
    'Falx is killed: no worker is left, the run is interrupted and can be resumed',
    async () => {
      const { child, ended, heard } = startFalx(home, ['train', splitId, ...tiny, '--epochs', '6', '--json']);
      await heard('epoch 1/6');
      const [worker] = workersOf(child.pid!, path.join('train', 'train-worker.ts'));
      child.kill('SIGKILL');
      await ended;
      await expect.poll(() => lives(worker!)).toBe(false);
      const { runs } = await json<{ runs: Run[] }>('runs');
      const interrupted = runs.at(-1)!;
      expect(interrupted).toMatchObject({
        status: 'interrupted',
        error: expect.stringContaining(`falx train --resume ${interrupted.id}`),
      });
      const resumed = await json<{ runs: Run[] }>('train', '--resume', interrupted.id);
      expect(resumed.runs).toMatchObject([{ id: interrupted.id, status: 'done', error: null }]);
      expect((await json<{ epochs: Epoch[] }>('show', interrupted.id)).epochs).toHaveLength(6);
    },
  );

  test('two at once on one home lose nothing, and each trains its own', async () => {
    const before = (await json<{ runs: Run[] }>('runs')).runs.length;
    const results = await Promise.all(
      ['11', '12'].map((seed) =>
        json<{ runs: Run[] }>('train', splitId, ...tiny, '--epochs', '2', '--seed', seed),
      ),
    );
    const runs = results.flatMap((result) => result.runs);
    expect(runs).toMatchObject([
      { status: 'done', settings: { seed: 11 } },
      { status: 'done', settings: { seed: 12 } },
    ]);
    expect((await json<{ runs: Run[] }>('runs')).runs).toHaveLength(before + 2);
    for (const { id } of runs) expect((await json<{ epochs: Epoch[] }>('show', id)).epochs).toHaveLength(2);
    const compared = await json<{ runs: ComparisonRow[] }>('compare', ...runs.map(({ id }) => id));
    expect(compared.runs.every(({ images }) => images === 16)).toBe(true);
  });
});

test('a set of folds is trained by one command, and its runs are summarised over all scans', async () => {
  const { set, splits } = await json<{ set: string; splits: { split: Split }[] }>(
    'split',
    'phantoms',
    '--folds',
    '3',
  );
  const trained = await json<{ runs: Run[] }>('train', set, ...tiny, '--epochs', '2');
  expect(trained.runs.map(({ splitId, status }) => [splitId, status])).toEqual(
    splits.map(({ split }) => [split.id, 'done']),
  );
  const { folds, runs } = await json<Comparison>('compare', set);
  expect(runs.map(({ id }) => id)).toEqual(trained.runs.map(({ id }) => id));
  expect(folds).toMatchObject({ set, of: 3, unevaluated: [] });
  const [summary] = folds!.summaries;
  expect(summary).toMatchObject({ network: 'mobilenetv2', images: 80, missing: [] });
  const right = runs.reduce((sum, { confusion }) => sum + confusion!.tp + confusion!.tn, 0);
  expect(summary!.measures.accuracy.pooled).toBeCloseTo(right / 80, 12);
  const mean = runs.reduce((sum, { accuracy }) => sum + accuracy! / 3, 0);
  expect(summary!.measures.accuracy.mean).toBeCloseTo(mean, 12);
  const { stdout } = await falx(home, 'compare', ...trained.runs.map(({ id }) => id));
  expect(stdout).toMatch(/mobilenetv2, 32 px: 3 of 3 folds, 80 images in \d+ groups/);
  expect(stdout).toMatch(/balanced accuracy +\d\.\d{3} ± \d\.\d{3} +\d\.\d{3} +\d\.\d{3} to \d\.\d{3}/);
});
