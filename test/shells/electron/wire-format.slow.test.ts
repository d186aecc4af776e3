import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../src-main/contract/doctor-report.ts';
import type { Dataset, Metrics, Prediction, Run, Split } from '../../../src-main/contract/records.ts';
import { writeDemo } from '../../../src-main/import/demo-scans.ts';
import type { Client } from '../../../src-renderer/host/host.ts';
import { Started } from './started.ts';
import { eventually } from '../../eventually.ts';

/**
 * Electron's V8 and that of the Node that workers run in write different formats. Everything that talks to a worker is done
 * here from a process that writes as Electron's does.
 */
const scratch = mkdtempSync(path.join(tmpdir(), 'falx-wire-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const own = ['--import', new URL('./wire-format.ts', import.meta.url).href];
/** Another, independent emulation, which patches Node elsewhere; it exists on some machines only. */
const others = path.join(import.meta.dirname, '../../../../../shared/emulations/electron-wire-format.cjs');
const main = path.join(import.meta.dirname, '../../../src-main/shells/cli/main.ts');

const kits: [string, string[]][] = [['its own', own]];
if (existsSync(others)) kits.push(['another’s', ['--expose-internals', '--require', others]]);

describe.each(kits)('with %s emulation of Electron’s wire format', (name, kit) => {
  const home = path.join(scratch, `home of ${name}`);
  const node = (args: string[]) =>
    promisify(execFile)(process.execPath, [...kit, ...args], { maxBuffer: 2 ** 26 });
  const falx = async <T>(...args: string[]): Promise<T> =>
    JSON.parse((await node([main, ...args, '--home', home, '--json'])).stdout) as T;

  it('a process forked with V8’s format ends at the first message', async () => {
    const [parent, child] = [path.join(scratch, 'parent.mjs'), path.join(scratch, 'child.mjs')];
    writeFileSync(child, `process.on('message', (message) => process.send(message, () => process.exit(0)));`);
    writeFileSync(
      parent,
      `import { fork } from 'node:child_process';
       const child = fork(${JSON.stringify(child)}, { serialization: 'advanced', execArgv: [] });
       child.send({ a: 1 });
       child.on('exit', (code) => process.exit(code === 0 ? 0 : 7));`,
    );
    await expect(node([parent])).rejects.toMatchObject({
      code: 7,
      stderr: expect.stringContaining('invalid or unsupported version') as string,
    });
  });

  it('doctor, train, evaluate and predict work from the command line', async () => {
    const checkup = await falx<DoctorReport>('doctor');
    expect(checkup.problems).toEqual([]);
    expect(checkup.workers).toEqual({ version: process.versions.node, file: process.execPath });

    const scans = path.join(scratch, `scans of ${name}`);
    await falx('demo', scans, '--per-class', '40', '--size', '64', '--seed', '3');
    const { dataset } = await falx<{ dataset: Dataset }>('import', scans, '--name', 'phantoms');
    const { split } = await falx<{ split: Split }>('split', dataset.id, '--seed', '5');
    const tiny = ['--networks', 'mobilenetv2', '--size', '32', '--batch', '8', '--weights', 'none'];
    const { runs } = await falx<{ runs: Run[] }>('train', split.id, ...tiny, '--epochs', '1');
    expect(runs).toMatchObject([{ status: 'done', bestEpoch: 1 }]);
    const { metrics } = await falx<{ metrics: Metrics }>('evaluate', runs[0]!.id);
    expect(metrics.images).toBe(16);
    const folder = path.join(scans, dataset.positive);
    const file = path.join(folder, readdirSync(folder)[0]!);
    const { predictions } = await falx<{ predictions: Prediction[] }>('predict', runs[0]!.id, file);
    expect(predictions[0]).toMatchObject({ error: null, probability: expect.any(Number) as number });

    // The same answer as from a process that writes as Node does.
    const plain = await promisify(execFile)(process.execPath, [
      ...[main, 'predict', runs[0]!.id, file, '--home', home, '--json'],
    ]);
    const again = JSON.parse(plain.stdout) as { predictions: Prediction[] };
    expect(again.predictions[0]!.probability).toBe(predictions[0]!.probability);
  });
});

describe('in the desktop', () => {
  const started = new Started();
  let client: Client;
  beforeAll(async () => {
    await import('./wire-format.ts');
    const standIn = await started.start();
    client = started.openPage(standIn).link.client;
  });
  afterAll(() => started.close());

  const finished = async (jobId: string) =>
    eventually(async () => {
      const job = (await client.jobs.list()).find(({ id }) => id === jobId);
      expect(job).toMatchObject({ state: 'done' });
    }, 120_000);

  it('a process forked with V8’s format ends at the first message', async () => {
    const file = path.join(scratch, 'echo.mjs');
    writeFileSync(file, `process.on('message', () => process.exit(0));`);
    const child = fork(file, { serialization: 'advanced', execArgv: [], stdio: 'ignore' });
    child.send({ a: 1 });
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  it('a trial, a training, an evaluation and a prediction work', async () => {
    const folder = path.join(started.scratch, 'scans');
    await writeDemo(folder, { perClass: 20, size: 48 });
    await finished((await client.datasets.import({ folder, name: 'scans' })).id);
    const [view] = await client.datasets.list();
    const { split } = await client.splits.create({
      datasetId: view!.dataset.id,
      test: 0.2,
      validation: 0.2,
      seed: 7,
      useGiven: false,
    });
    const request = {
      splitId: split.id,
      networks: ['mobilenetv2' as const],
      settings: {
        weights: 'none' as const,
        imageSize: 32,
        batchSize: 8,
        epochs: 1,
        augmentation: false as const,
      },
    };

    const trial = await client.training.trial(request);
    await finished(trial.id);
    const estimates = await client.training.trialResult({ jobId: trial.id });
    expect(estimates).toMatchObject([{ network: 'mobilenetv2', peakBytes: expect.any(Number) as number }]);

    const [run] = await client.training.queue(request);
    const { id: runId } = run!;
    await eventually(
      async () => expect((await client.runs.get({ runId })).run).toMatchObject({ status: 'done' }),
      120_000,
    );
    await finished((await client.compare.evaluate({ runIds: [runId] })).id);
    const [evaluated] = await client.compare.evaluated({ runIds: [runId] });
    expect(evaluated!.images).toHaveLength(8);

    const [image] = evaluated!.images;
    const file = path.join(view!.dataset.folder, image!.file);
    const [answer] = await client.predict.scans({ runIds: [runId], files: [file] });
    expect(answer).toMatchObject({ error: null });
    // In another batch the same pixels may differ in their last bits.
    expect(answer!.probability).toBeCloseTo(image!.probability, 5);

    const checkup = await client.app.checkup();
    expect(checkup).toMatchObject({ problems: [], workers: { version: process.versions.node } });
    expect(readFileSync(path.join(started.home, 'logs', `${runId}.log`), 'utf8')).not.toContain(
      'deserialize',
    );
  });
});
