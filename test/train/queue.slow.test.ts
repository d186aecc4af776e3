import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { compareRuns } from '../../src-main/compare/compare-handlers.ts';
import { evaluateRun, rocOf } from '../../src-main/evaluate/evaluate-handlers.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { type QueueEvent, queueRuns, requeueRuns, runQueue } from '../../src-main/train/train-handlers.ts';
import * as sample from '../registry/sample-records.ts';
import { addScans, queueOne } from './scans.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-queue-'));
const registry = Registry.open(home);
const overrides = { weights: 'none', imageSize: 32, epochs: 2, batchSize: 8, augmentation: false } as const;
let files: string[];

beforeAll(async () => {
  files = await addScans(registry, path.join(home, 'scans'), 60);
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

describe('from a queued run to a prediction', () => {
  let runId: string;
  const events: QueueEvent[] = [];

  beforeAll(async () => {
    const queued = await queueOne(registry, home, overrides);
    runId = queued.id;
    expect(queued).toMatchObject({
      status: 'queued',
      started: null,
      versions: { node: process.versions.node },
    });
    await runQueue({ registry, home, onEvent: (event) => events.push(event) });
  });

  test('a run is trained, and all that is known of it is kept', () => {
    const run = registry.runs.get(runId);
    expect(run).toMatchObject({ status: 'done', error: null, device: 'CPU', weightsSha256: null });
    expect(run.versions).toMatchObject({
      tensorflow: expect.stringMatching(/^2\./),
      sharp: expect.any(String),
    });
    expect(run.started! <= run.ended!).toBe(true);
    const epochs = registry.epochs.list(runId);
    expect(epochs.map((epoch) => epoch.epoch)).toEqual([1, 2]);
    const losses = epochs.map((epoch) => epoch.validationLoss!);
    expect(run.bestEpoch).toBe(losses[0]! <= losses[1]! ? 1 : 2);
  });

  test('the caller hears of each stage in turn', () => {
    const heard = events.map((event) => (event.kind === 'packet' ? event.packet.kind : event.kind));
    expect([...new Set(heard)].filter((kind) => kind !== 'warning')).toEqual([
      'claimed',
      'pixels',
      'starting',
      'started',
      'progress',
      'epoch',
      'done',
      'ended',
    ]);
    expect(heard.filter((kind) => kind === 'pixels')).toHaveLength(60);
    const memory = events.flatMap((event) =>
      event.kind === 'packet' && event.packet.kind === 'progress' ? [event.packet.memoryBytes] : [],
    );
    expect(Math.min(...memory)).toBeGreaterThan(100e6); // TensorFlow itself needs more
  });

  test('evaluate counts every test image once', async () => {
    const metrics = await evaluateRun({ registry, home, runId });
    // 60 images are 30 pairs, one in five of them a test pair: 6 with a square, 6 without.
    expect(metrics.images).toBe(12);
    expect(metrics.sensitivity.of).toBe(6);
    expect(metrics.specificity.of).toBe(6);
    expect(metrics.parameters).toBe(2_257_984 + 1281); // Keras's MobileNetV2 without top, and 1280 weights and a bias
    expect(registry.metrics.list(runId, 'test')).toEqual([metrics]);
    const rows = registry.testPredictions.list(runId);
    expect(rows.filter((row) => row.label === 1)).toHaveLength(6);
    expect(rows.filter((row) => row.label === 1 && row.probability >= 0.5)).toHaveLength(
      metrics.confusion.tp,
    );
    expect(rocOf(registry, runId).at(-1)).toMatchObject({ tp: 6, fp: 6 });
  });

  test('predict answers as evaluate did: one pixel path', async () => {
    const tested = registry.testPredictions.list(runId).slice(0, 3);
    const all = registry.images.list('ds-scans');
    const asked = tested.map(({ imageId }) => files[all.findIndex((image) => image.id === imageId)]!);
    const predictions = await predictFiles({ registry, home, runs: [{ id: runId }], files: asked });
    predictions.forEach((prediction, i) => {
      expect(prediction.probability).toBeCloseTo(tested[i]!.probability, 5);
      expect(prediction).toMatchObject({
        file: asked[i],
        error: null,
        positive: prediction.probability! >= 0.5,
      });
      expect(prediction.label).toBe(prediction.positive ? 'Brain Tumor' : 'Healthy');
    });
    expect(registry.predictions.list(runId)).toEqual(predictions);
  });

  test('a scan is called positive from the threshold on that is asked for', async () => {
    const before = registry.predictions.list(runId)[0]!;
    const threshold = Math.min(1, before.probability! + 0.001);
    const [after] = await predictFiles({
      registry,
      home,
      runs: [{ id: runId, threshold }],
      files: [before.file],
    });
    expect(after!.probability).toBeCloseTo(before.probability!, 5);
    expect(after).toMatchObject({ threshold, positive: false, label: 'Healthy' });
  });

  test('predict answers for the files it can read and says what is wrong with the others', async () => {
    const text = path.join(home, 'letter.png');
    writeFileSync(text, 'Dear colleague, the scan is attached.');
    const [bad, good, missing, folder] = await predictFiles({
      registry,
      home,
      runs: [{ id: runId }],
      files: [text, files[1]!, path.join(home, 'nothing.png'), home],
    });
    expect(good).toMatchObject({ error: null, probability: expect.any(Number) });
    expect(bad).toMatchObject({ probability: null, label: null, positive: null, sha256: expect.any(String) });
    expect(bad!.error).toMatch(/letter\.png" is not an image.*text/);
    expect(missing!.error).toMatch(/nothing\.png" can't be read\. It is not there/);
    expect(folder!.error).toMatch(/It is a folder/);
  });

  test('compare gives the row of each run, those without a model too', async () => {
    const waiting = { ...sample.run('run-waits', 'sp-scans'), status: 'interrupted' as const };
    registry.runs.add(waiting);
    const { runs, splits } = await compareRuns({ registry, home, runIds: [runId, waiting.id] });
    const [metrics] = registry.metrics.list(runId, 'test');
    expect(splits).toEqual(['sp-scans']);
    expect(runs[0]).toMatchObject({
      id: runId,
      status: 'done',
      accuracy: metrics!.accuracy.value,
      counts: { accuracy: { count: metrics!.accuracy.count, of: 12 } },
      auc: metrics!.auc,
      confusion: metrics!.confusion,
      images: 12,
    });
    expect(runs[1]).toMatchObject({ id: 'run-waits', status: 'interrupted', accuracy: null, counts: null });
    await expect(compareRuns({ registry, home, runIds: [waiting.id] })).rejects.toThrow(
      /None of these runs has a model/,
    );
  });

  test('compare refuses runs that were tested on different images', async () => {
    const [first, second] = registry.images.list('ds-scans');
    registry.splits.add(sample.split('sp-other', 'ds-scans'), [
      { imageId: first!.id, part: 'train' },
      { imageId: second!.id, part: 'test' },
    ]);
    registry.runs.add(sample.run('run-other', 'sp-other'));
    await expect(compareRuns({ registry, home, runIds: [runId, 'run-other'] })).rejects.toThrow(
      expect.objectContaining({
        code: 'bad-run',
        message: expect.stringContaining(`${runId} on sp-scans, run-other on sp-other`),
      }),
    );
  });

  test('export copies the model to a new folder and to no used one', async () => {
    const folder = path.join(home, 'exports', 'model');
    const exported = await exportRun(registry.runs.get(runId), folder, registry);
    expect(exported.files).toEqual([
      'MODEL_CARD.md',
      'NOTICE.txt',
      'SHA256SUMS',
      'audit-head.json',
      'falx-model.json',
      'falx.json',
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
    expect(readdirSync(path.dirname(folder))).toEqual(['model']);
    for (const name of ['MODEL_CARD.md', 'NOTICE.txt', 'falx-model.json'])
      expect(readFileSync(path.join(folder, name), 'utf8')).toContain(
        'Research use only, not for diagnosis.',
      );
    // The audit trail contains it, with a hash that can be recomputed from the files, and the export contains the trail's entry.
    const hashes = exported.files
      .filter((name) => !/^(audit-head|falx-model)\.json$|^[A-Z]/.test(name))
      .map((name) => [name, sha256Of(readFileSync(path.join(folder, name)))] as const);
    const model = sha256Of(JSON.stringify(Object.fromEntries(hashes)));
    const [{ entry, hash } = { entry: null, hash: null }] = registry.audit.newest(1);
    expect(entry).toMatchObject({ action: 'model-exported', facts: { run: runId, model } });
    const head = JSON.parse(readFileSync(path.join(folder, 'audit-head.json'), 'utf8')) as unknown;
    expect(head).toEqual({ run: runId, model, number: entry!.number, hash });
    const predicted = registry.audit.newest(100).filter((line) => line.entry.action === 'predicted');
    expect(predicted.length).toBeGreaterThan(0);
    for (const line of predicted) expect(line.entry.facts['model']).toBe(model);
    expect(registry.audit.verify()).toMatchObject({ whole: true, fault: null });
    await expect(exportRun(registry.runs.get(runId), folder, registry)).rejects.toThrow(/is not empty/);
    await expect(exportRun(registry.runs.get('run-waits'), `${folder}2`, registry)).rejects.toThrow(
      /has no model/,
    );
    expect(existsSync(`${folder}2`)).toBe(false);
  });

  test('export writes the same files to one archive, and nothing where it is broken off', async () => {
    const file = path.join(home, 'exports', 'model.zip');
    const progress: number[] = [];
    const exported = await exportRun(registry.runs.get(runId), file, registry, {
      format: 'zip',
      onProgress: (bytes, of) => progress.push(bytes / of),
    });
    expect(exported.files).toEqual(['model.zip']);
    expect(progress.at(-1)).toBe(1);
    // As read by another program, which verifies each entry's checksum.
    const zip = await openPromise(file);
    const contents = new Map<string, Buffer>();
    for await (const entry of zip.eachEntry())
      contents.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
    const sums = contents.get('SHA256SUMS')!.toString().trim().split('\n');
    expect(sums).toHaveLength(contents.size - 1);
    for (const line of sums) {
      const [sha256, name] = line.split('  ');
      expect(sha256Of(contents.get(name!)!)).toBe(sha256);
    }
    await expect(exportRun(registry.runs.get(runId), file, registry, { format: 'zip' })).rejects.toThrow(
      expect.objectContaining({ code: 'disk', facts: { why: 'exportThere', file } }),
    );
    const entries = registry.audit.newest(100).filter(({ entry }) => entry.action === 'model-exported');
    for (const format of ['zip', 'savedmodel'] as const) {
      const broken = exportRun(registry.runs.get(runId), `${file}-${format}`, registry, {
        format,
        signal: AbortSignal.abort(),
      });
      await expect(broken).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['model', 'model.zip']);
    expect(registry.audit.newest(100).filter(({ entry }) => entry.action === 'model-exported')).toEqual(
      entries,
    );
  });

  test('a run that is done can be neither resumed nor trained again', () => {
    expect(() => requeueRuns(registry, [runId])).toThrow(
      /is done; only a run that was interrupted or failed can be resumed/,
    );
  });
});

describe('a queue', () => {
  test('goes on after a run that fails, and says why it failed', async () => {
    registry.runs.add({
      ...sample.run('run-one-class', 'sp-other'),
      folder: path.join(home, 'runs', 'run-one-class'),
    });
    const [run] = await runQueue({ registry, home, runIds: ['run-one-class'] });
    expect(run).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/has no image of the class "Brain Tumor"/),
    });
    expect(existsSync(run!.folder)).toBe(false);
  });

  test('that is stopped before it begins trains nothing', async () => {
    const [run] = await queueRuns({
      registry,
      home,
      splitId: 'sp-scans',
      networks: ['mobilenetv2'],
      overrides,
    });
    expect(await runQueue({ registry, home, stop: AbortSignal.abort() })).toEqual([]);
    expect(registry.runs.get(run!.id).status).toBe('queued');
  });

  test('takes no run on a dataset that was removed, nor one back', async () => {
    const request = { registry, home, splitId: 'sp-scans', networks: ['mobilenetv2'] as const, overrides };
    const [run] = await queueRuns(request);
    registry.runs.update(run!.id, { status: 'interrupted' });
    registry.datasets.update('ds-scans', { removed: new Date().toISOString() });
    await expect(queueRuns(request)).rejects.toThrow(/"scans" of sp-scans was removed/);
    expect(() => requeueRuns(registry, [run!.id])).toThrow(/was removed\. Restore it first/);
    expect(registry.runs.get(run!.id).status).toBe('interrupted');
    registry.datasets.update('ds-scans', { removed: null });
  });

  test('takes a run back at its end', async () => {
    const request = { registry, home, splitId: 'sp-scans', networks: ['mobilenetv2'] as const, overrides };
    const ids = [(await queueRuns(request))[0]!.id, (await queueRuns(request))[0]!.id];
    registry.runs.update(ids[0]!, { status: 'interrupted' });
    requeueRuns(registry, [ids[0]!]);
    expect(
      registry.queue
        .list()
        .map(({ id }) => id)
        .slice(-2),
    ).toEqual(ids.toReversed());
  });

  test('takes all runs of a request or none', async () => {
    const before = registry.runs.list().length;
    const request = { registry, home, splitId: 'sp-scans', overrides: { ...overrides, epochs: 0 } };
    await expect(queueRuns(request)).rejects.toThrow(/^epochs must be at least 1/);
    await expect(queueRuns({ ...request, splitId: 'sp-nothing' })).rejects.toThrow(/no split "sp-nothing"/);
    expect(registry.runs.list()).toHaveLength(before);
  });
});
