import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src-main/contract/records.ts';
import { queueRuns } from '../../src-main/train/train-handlers.ts';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { fittedFiles } from '../../src-main/evaluate/fitted-files.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { importRun } from '../../src-main/predict/import-run.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import type { Watch } from '../../src-main/tensorflow/watchdog.ts';
import { sizeOf } from '../../src-main/graph/graph.ts';
import { writeSavedModel } from '../../src-main/graph/saved-model.ts';
import { writeFrozen } from '../../src-main/train/frozen.ts';
import { type Manifest, readManifest, writeManifest } from '../../src-main/train/manifest.ts';
import { trainingModel } from '../../src-main/train/model.ts';
import { modelStamps, readCard } from '../../src-main/train/run-storage.ts';
import { runQueue } from '../../src-main/train/train-handlers.ts';
import { canRun } from '../graph/calculator.ts';
import { addScans, queueOne } from './scans.ts';

/* A finished run's folder, damaged: one bit at a time, truncated, deleted. All damage is found before it is used. */

const home = mkdtempSync(path.join(tmpdir(), 'falx-damage-'));
const registry = Registry.open(home);
let run: Run;
let whole: string;
const side = 32;
const scan = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 251);

beforeAll(async () => {
  if (!canRun) return;
  await addScans(registry, path.join(home, 'scans'), 60);
  const overrides = { weights: 'none', imageSize: side, epochs: 1, batchSize: 8 } as const;
  const queued = await queueOne(registry, home, overrides);
  await runQueue({ registry, home });
  run = registry.runs.get(queued.id);
  expect(run.status).toBe('done');
  whole = path.join(home, 'whole');
  cpSync(run.folder, whole, { recursive: true });
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true });
});

function renew(): void {
  rmSync(run.folder, { recursive: true });
  cpSync(whole, run.folder, { recursive: true });
}
function change(file: string, how: (bytes: Buffer) => Buffer): void {
  const at = path.join(run.folder, file);
  writeFileSync(at, how(readFileSync(at)));
}
/** Flips a bit at a position given by a fraction of the file. */
const flipped = (where: number) => (bytes: Buffer) => {
  bytes[Math.floor(where * bytes.length)]! ^= 1 << (Math.floor(where * 1000) % 8);
  return bytes;
};
async function answer(): Promise<number> {
  const predictor = await Predictor.open(run, home);
  try {
    return (await predictor.pixels(scan, 1)).probabilities[0]!;
  } finally {
    await predictor.close();
  }
}
/** Stops this process's predict workers. */
function stopWorkers(): void {
  const tasks = `/proc/${process.pid}/task`;
  const children = readdirSync(tasks).flatMap((task) =>
    readFileSync(`${tasks}/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
  const workers = children.filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('inference/inference-worker'),
  );
  expect(workers).toHaveLength(1);
  for (const pid of workers) process.kill(pid, 'SIGSTOP');
}
const damaged = expect.objectContaining({
  code: 'bad-run',
  facts: expect.objectContaining({ why: 'modelDamaged' }),
});

describe.skipIf(!canRun)('a finished run', () => {
  test('whose predicting graph is damaged answers as before: the graph is made again from the weights', async () => {
    renew();
    const before = await answer();
    const files: [string, (bytes: Buffer) => Buffer][] = [
      ...[0.01, 0.13, 0.5, 0.77, 0.99].map((where): [string, (bytes: Buffer) => Buffer] => [
        'frozen/saved_model.pb',
        flipped(where),
      ]),
      ['frozen/saved_model.pb', (bytes) => bytes.subarray(0, bytes.length / 2)],
      ['frozen/saved_model.pb', () => Buffer.alloc(0)],
    ];
    for (const [file, how] of files) {
      renew();
      change(file, how);
      expect(await answer()).toBe(before);
      // And is intact again.
      expect(readFileSync(path.join(run.folder, file)).equals(readFileSync(path.join(whole, file)))).toBe(
        true,
      );
    }
    renew();
    rmSync(path.join(run.folder, 'frozen'), { recursive: true });
    expect(await answer()).toBe(before);
  });

  test.skipIf(process.platform !== 'linux')(
    'whose predictor is stopped from outside, at any time of its life, is not waited for',
    async () => {
      renew();
      const watch: Watch = { every: 20, stopped: 5, stoppedEnding: 5, idle: Infinity };
      const hung = { code: 'worker-failed', facts: { why: 'workerHung', how: 'stopped' } };
      // While it opens the model,
      const opening = Predictor.open(run, home, { watch });
      stopWorkers();
      await expect(opening).rejects.toMatchObject(hung);
      // and long after.
      const predictor = await Predictor.open(run, home, { watch });
      await predictor.pixels(scan, 1);
      stopWorkers();
      await expect(predictor.pixels(scan, 1)).rejects.toMatchObject(hung);
      await predictor.close();
    },
  );

  test('whose card is damaged is refused, naming it', async () => {
    for (const how of [flipped(0.3), flipped(0.9), () => Buffer.alloc(0)]) {
      renew();
      change('falx.json', how);
      await expect(answer()).rejects.toEqual(damaged);
    }
  });

  test('with both its weights and its predicting graph damaged is refused', async () => {
    renew();
    change('frozen/saved_model.pb', flipped(0.4));
    change('variables/variables.data-00000-of-00001', flipped(0.6));
    await expect(answer()).rejects.toEqual(damaged);
  });

  test('whose weights, graph or card are damaged is not exported', async () => {
    const names = [
      'falx.json',
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ];
    for (const [i, name] of names.entries()) {
      renew();
      change(name, flipped(0.2 + 0.15 * i));
      const folder = path.join(home, `export-${i}`);
      await expect(exportRun(run, folder, registry)).rejects.toEqual(damaged);
      expect(readdirSync(home).filter((entry) => entry.startsWith('export-'))).toEqual([]);
    }
  });

  test('is exported in a format whose runtime answers as it does, and in none that answers otherwise', async () => {
    renew();
    change('frozen/saved_model.pb', flipped(0.3)); // recreated in the process
    const file = path.join(home, 'model.onnx');
    const { verified } = await exportRun(run, file, registry, { format: 'onnx' });
    expect(verified).toMatchObject({ runtime: expect.stringContaining('ONNX Runtime'), scans: 12 });
    expect(verified!.worst).toBeLessThan(1e-5);
    expect(registry.audit.newest(1)[0]!.entry.action).toBe('model-exported');
    rmSync(file);

    // A predict graph with other weights than the variables have: an export of the latter would not match Falx's answers.
    const card = readCard(run.folder)!;
    const random = trainingModel(card.settings, []).frozen;
    const others = [...random].map(
      ([key, { shape }]) => [key, new Float32Array(sizeOf(shape as number[])).fill(0.01)] as const,
    );
    writeFrozen(run.folder, card.settings, new Map(others));
    const manifest = readManifest(run.folder) as Manifest;
    writeManifest(run.folder, { ...manifest, files: modelStamps(run.folder) });
    await expect(exportRun(run, file, registry, { format: 'onnx' })).rejects.toMatchObject({
      code: 'bad-run',
      facts: { why: 'exportDiffers', runtime: expect.stringContaining('ONNX Runtime') },
    });
    expect(readdirSync(home).filter((name) => name.startsWith('model.onnx'))).toEqual([]);
  });

  test('moves to another registry as one file, which is refused when one bit of it is otherwise', async () => {
    renew();
    await evaluateRun({ registry, home, runId: run.id });
    const before = await answer();
    const file = path.join(home, 'run.falx');
    await exportRun(run, file, registry, { format: 'falx' });
    const other = Registry.open(path.join(home, 'other'));
    try {
      const bytes = readFileSync(file);
      // Content, a local header, the directory, the archive's end.
      const places = [bytes.length >> 1, 10, bytes.length - 60, bytes.length - 1];
      for (const at of places) {
        const flippedFile = path.join(home, 'flipped.falx');
        writeFileSync(flippedFile, bytes.with(at, bytes[at]! ^ 1));
        await expect(importRun({ registry: other, file: flippedFile })).rejects.toMatchObject({
          code: 'bad-archive',
        });
        expect(other.runs.list({ removed: 'any' })).toEqual([]);
      }
      const taken = await importRun({ registry: other, file });
      const predictor = await Predictor.open(other.runs.get(run.id), other.home);
      expect((await predictor.pixels(scan, 1)).probabilities[0]).toBe(before);
      await predictor.close();
      expect(other.epochs.list(run.id)).toEqual(registry.epochs.list(run.id));
      expect(other.metrics.list(run.id)).toEqual(registry.metrics.list(run.id));
      // Its answers at an error rate, and its detection of unusual scans, need what was fitted at the evaluation.
      for (const name of Object.values(fittedFiles))
        expect(readFileSync(path.join(taken.folder, name)), name).toEqual(
          readFileSync(path.join(run.folder, name)),
        );
      await expect(importRun({ registry: other, file })).rejects.toMatchObject({
        facts: { why: 'runFileThere', run: run.id },
      });
      const again = { registry: other, home: other.home, networks: ['mobilenetv2'] as const };
      await expect(
        queueRuns({
          ...again,
          networks: [...again.networks],
          splitId: taken.splitId,
          overrides: { weights: 'none' },
        }),
      ).rejects.toMatchObject({ facts: { why: 'runScansElsewhere' } });
    } finally {
      other.close();
    }
  });

  test('whose manifest is damaged, or of before there were manifests, gets one once its weights were read', async () => {
    renew();
    const before = await answer();
    for (const spoil of [
      () => change('manifest.json', flipped(0.5)),
      () => rmSync(path.join(run.folder, 'manifest.json')),
    ]) {
      renew();
      spoil();
      expect(typeof readManifest(run.folder)).toBe('string');
      expect(await answer()).toBe(before);
      expect(readManifest(run.folder)).toMatchObject({ runId: run.id, ended: null });
    }
    // The export of such a run, too.
    renew();
    rmSync(path.join(run.folder, 'manifest.json'));
    const { folder } = await exportRun(run, path.join(home, 'exported'), registry);
    expect(existsSync(path.join(folder, 'variables', 'variables.index'))).toBe(true);
    expect(typeof readManifest(run.folder)).toBe('object');
  });

  test('whose graph names its tensors as another Falx did answers the same once its weights were read', async () => {
    renew();
    const before = await answer();
    const { settings } = readCard(run.folder)!;
    // Without the picture layers at the start, so that the following ones have other names.
    const pixels = { ...settings.pixels, crop: 'head' } as const;
    writeSavedModel(run.folder, trainingModel({ ...settings, pixels }, ['head', 'last', 'all']));
    rmSync(path.join(run.folder, 'manifest.json'));
    rmSync(path.join(run.folder, 'frozen'), { recursive: true });
    expect(await answer()).toBe(before);
  });

  test('of before there were manifests is refused when TensorFlow finds its weights damaged', async () => {
    for (const where of [0.1, 0.45, 0.8]) {
      renew();
      rmSync(path.join(run.folder, 'manifest.json'));
      change('variables/variables.data-00000-of-00001', flipped(where));
      await expect(answer()).rejects.toMatchObject({ code: expect.stringMatching(/bad-run|worker-failed/) });
      expect(readManifest(run.folder)).toBe('absent');
    }
  });
});
