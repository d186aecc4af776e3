import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Prediction } from '../../src-main/contract/records.ts';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { RESEARCH_USE } from '../../src-main/contract/answers.ts';
import { PredictorPool } from '../../src-main/core/predictors.ts';
import { servedPredictions } from '../../src-main/core/served-predictions.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { foreign } from '../../src-main/system/foreign.ts';
import { openPredictServer, type PredictServer } from '../../src-main/shells/browser/predict-server.ts';
import { file as dicomFile, picture as dicomPicture } from '../images/dicom/dicom-fixtures.ts';
import { niftiFile } from '../images/nifti/nifti-fixtures.ts';
import { falx, falxJson, startFalx, workersOf } from '../shells/cli/falx.ts';
import { addScans } from '../train/scans.ts';
import { newHome, openTestCore, type TestCore } from './training-core.ts';
import { expectWithin } from '../timed.ts';

const place = newHome();
let made: TestCore;
let files: string[];
let runIds: string[];

const workers = () =>
  workersOf(process.pid, path.join('inference', 'inference-worker.ts')).sort((a, b) => a - b);
const onLinux = test.skipIf(process.platform !== 'linux');

beforeAll(async () => {
  made = await openTestCore(place.home, async (registry) => {
    files = await addScans(registry, path.join(place.home, 'scans'), 60);
  });
  const train = async (imageSize: number) => {
    const settings = { weights: 'none', imageSize, epochs: 1, batchSize: 8 } as const;
    const request = { splitId: 'sp-scans', networks: ['mobilenetv2' as const], settings };
    return (await made.client.training.queue(request))[0]!.id;
  };
  runIds = [await train(32), await train(32), await train(64), await train(64)];
  await made.idle();
});
afterAll(async () => {
  await made.close();
  place.remove();
});

describe('scans', () => {
  test('get the same answers as from the command line, run after run, and are kept newest first', async () => {
    const asked = files.slice(0, 3);
    const answers = await made.client.predict.scans({ runIds: runIds.slice(0, 3), files: asked });
    expect(answers.map(({ runId, file }) => [runId, file])).toEqual(
      runIds.slice(0, 3).flatMap((id) => asked.map((file) => [id, file])),
    );
    const { registry, home } = made.core;
    for (const runId of runIds.slice(0, 3)) {
      const alone = await predictFiles({ registry, home, runs: [{ id: runId }], files: asked });
      const here = answers.filter((answer) => answer.runId === runId);
      here.forEach((answer, i) => expect(answer.probability).toBeCloseTo(alone[i]!.probability!, 6));
    }
    const history = await made.client.predict.history({ limit: 1000 });
    expect(history.at(-1)).toEqual(answers[0]);
    expect(history).toHaveLength(18);
  });

  test('in many files are read once for all runs that read them alike, and answered as by each run alone', async () => {
    const { registry, home } = made.core;
    const bad = path.join(place.home, 'no-scan.png');
    writeFileSync(bad, 'a letter');
    const asked = [...files.slice(0, 19), bad, ...files.slice(19, 40)];
    const ask = vi.spyOn(foreign, 'ask');
    const told: Prediction[] = [];
    const together = await predictFiles({
      registry,
      home,
      runs: [{ id: runIds[0]! }, { id: runIds[2]!, threshold: 0.3 }, { id: runIds[1]! }],
      files: asked,
      onPredictions: (some) => told.push(...some),
    });
    // Two of the three use pictures of one size.
    const reads = ask.mock.calls.filter(([{ task }]) => (task as { kind?: string }).kind === 'scans');
    expect(reads).toHaveLength(2 * asked.length);
    ask.mockRestore();
    expect(told.toSorted((a, b) => together.indexOf(a) - together.indexOf(b))).toEqual(together);
    const plain = ({ created, milliseconds, probability, ...one }: Prediction) => ({
      ...one,
      probability: probability?.toFixed(5),
    });
    const alone = [
      await predictFiles({ registry, home, runs: [{ id: runIds[0]! }], files: asked }),
      await predictFiles({ registry, home, runs: [{ id: runIds[2]!, threshold: 0.3 }], files: asked }),
      await predictFiles({ registry, home, runs: [{ id: runIds[1]! }], files: asked }),
    ];
    expect(together.map(plain)).toEqual(alone.flat().map(plain));
    expect(together.filter(({ error }) => error !== null).map(({ file }) => file)).toEqual([bad, bad, bad]);
  });

  test('of a volume are its slices, each with an answer that it has by its own name too', async () => {
    const volume = path.join(place.home, 'scans', 'volume.nii');
    writeFileSync(volume, niftiFile({ size: [40, 50, 6] }));
    const [runId] = runIds;
    const answers = await made.client.predict.scans({ runIds: [runId!], files: [volume, files[0]!] });
    const slices = [0, 1, 2, 3, 4, 5].map((index) => `${volume}#axial:${index}`);
    expect(answers.map(({ file }) => file)).toEqual([...slices, files[0]]);
    expect(new Set(answers.map(({ sha256 }) => sha256)).size).toBe(7);
    const [again] = await made.client.predict.scans({ runIds: [runId!], files: [slices[3]!] });
    expect(again).toMatchObject({ file: slices[3], sha256: answers[3]!.sha256 });
    expect(again!.probability).toBeCloseTo(answers[3]!.probability!, 6);
    const [none] = await made.client.predict.scans({ runIds: [runId!], files: [`${volume}#axial:6`] });
    expect(none).toMatchObject({ probability: null, error: expect.stringMatching(/no picture axial:6/) });
  });

  onLinux('find the networks still loaded', async () => {
    const ask = () => made.client.predict.scans({ runIds: runIds.slice(0, 3), files: files.slice(0, 1) });
    await ask();
    const before = workers();
    expect(before).toHaveLength(3);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    expect(workers()).toEqual(before);
    expectWithin(Math.min(...times), 300);
  });

  onLinux('load a fourth network in place of the one used longest ago', async () => {
    await made.client.predict.scans({ runIds: [runIds[3]!], files: files.slice(0, 1) });
    expect(made.core.predictors.loaded).toEqual(runIds.slice(1));
    expect(workers()).toHaveLength(3);
  });

  test('are evaluated at the threshold chosen for each run, by others at 0.5', async () => {
    await made.client.app.setPreferences({
      model: { runId: runIds[1]!, threshold: 0.9 },
      thresholds: { [runIds[0]!]: 0.2 },
    });
    const answers = await made.client.predict.scans({
      runIds: [runIds[1]!, runIds[2]!, runIds[0]!],
      files: files.slice(0, 1),
    });
    expect(answers.map(({ threshold }) => threshold)).toEqual([0.9, 0.5, 0.2]);
    for (const { positive, probability, threshold } of answers)
      expect(positive).toBe(probability! >= threshold);
  });

  test('have maps of where each network looked, and a test of these with random weights', async () => {
    const { client, core } = made;
    const [runId] = runIds;
    const [answer] = await client.predict.scans({ runIds: [runId!], files: [files[2]!] });
    const scan = { runId: runId!, file: files[2]!, sha256: answer!.sha256! };
    const map = await client.maps.of({ ...scan, method: 'cam', target: 'positive' });
    const against = await client.maps.of({ ...scan, method: 'cam', target: 'negative' });
    expect(map).toMatchObject({ height: 1, width: 1, test: null, label: 'Brain Tumor' });
    expect(against.values).toEqual(map.values.map((value) => -value));
    // A slow map is made on request, with the method's test.
    const occlusion = { ...scan, method: 'occlusion' as const };
    const asked = client.maps.of({ ...occlusion, target: 'positive' });
    await expect(asked).rejects.toMatchObject({ code: 'not-found' });
    const job = await client.maps.prepare(occlusion);
    expect(await core.jobs.settled(job.id)).toMatchObject({ state: 'done', error: null });
    const covered = await client.maps.of({ ...occlusion, target: 'positive' });
    expect(covered).toMatchObject({ height: 16, width: 16, test: { method: 'occlusion', scans: 4 } });
    expect(covered.test!.steps.map(({ layers, of }) => layers === 0 || layers === of)).toEqual([true, true]);
    // Covering one place changes the answer as much as all the network's certainty: the map is not uniform.
    expect(new Set(covered.values).size).toBeGreaterThan(1);
    await core.jobs.settled((await client.maps.prepare({ ...scan, method: 'cam' })).id);
    const { test: tested } = await client.maps.of({ ...scan, method: 'cam', target: 'positive' });
    expect(tested!.steps[0]).toMatchObject({ layers: 0, similarity: expect.any(Number) as number });
    expect(tested!.steps.at(-1)!.layers).toBe(tested!.steps.at(-1)!.of);
    // The other training of the same network at this size, on the same split.
    expect(tested!.repeat).toMatchObject({ runs: 1 });
  });

  test('that cannot be read have their reason beside the answers of the others', async () => {
    const text = path.join(place.home, 'letter.png');
    writeFileSync(text, 'Dear colleague, the scan is attached.');
    const answers = await made.client.predict.scans({ runIds: runIds.slice(2, 4), files: [text, files[1]!] });
    expect(answers.map(({ error }) => error === null)).toEqual([false, true, false, true]);
  });

  test('are asked of no run without a model, removed run, or file by half a path', async () => {
    const ask = (runId: string, file = files[0]!) =>
      made.client.predict.scans({ runIds: [runId], files: [file] });
    await expect(ask(runIds[1]!, 'scan.png')).rejects.toMatchObject({ code: 'bad-usage' });
    await expect(ask('run-none')).rejects.toMatchObject({ code: 'not-found' });
    await made.client.runs.remove({ runIds: [runIds[0]!] });
    await expect(ask(runIds[0]!)).rejects.toMatchObject({ code: 'bad-run' });
    await made.client.runs.restore({ runIds: [runIds[0]!] });
  });
});

describe('in a folder', () => {
  test('are answered by the command line as they come, a document a line, and a table is written that names none', async () => {
    const folder = path.join(place.home, 'incoming');
    mkdirSync(folder);
    copyFileSync(files[3]!, path.join(folder, 'kim.png'));
    const table = path.join(place.home, 'answers.csv');
    const { child, ended } = startFalx(place.home, [
      'predict',
      runIds[0]!,
      '--watch',
      folder,
      '--json',
      '--csv',
      table,
    ]);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const next = async () =>
      JSON.parse((await lines.next()).value as string) as { predictions: Prediction[] };
    expect(await next()).toMatchObject({
      use: RESEARCH_USE,
      predictions: [{ file: path.join(folder, 'kim.png') }],
    });
    copyFileSync(files[4]!, path.join(folder, 'lee.png'));
    const [second] = (await next()).predictions;
    const [alone] = await made.client.predict.scans({ runIds: [runIds[0]!], files: [files[4]!] });
    expect(second!.probability).toBeCloseTo(alone!.probability!, 6);
    await expect
      .poll(() =>
        readFileSync(table, 'utf8')
          .split('\r\n')
          .map((line) => line.split(',')[0]),
      )
      .toEqual(['\ufefffile', '1', '2', '']);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(await made.client.predict.scansIn({ folder })).toMatchObject({
      files: [expect.any(String), expect.any(String)],
      others: 0,
    });
  });
});

describe('served to programs', () => {
  const token = 'a-token-of-the-test';
  let server: PredictServer;
  beforeAll(async () => {
    const runs = runIds.slice(0, 2).map((id) => made.core.registry.runs.get(id));
    server = await openPredictServer({ core: made.core, runs: [runs[0]!, runs[1]!], token });
  });
  afterAll(() => server.close());

  type Sent = { method?: string; headers?: Record<string, string>; body?: BodyInit };
  const ask = async (target: string, { headers, ...rest }: Sent = {}) => {
    const answer = await fetch(server.address + target, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...rest,
    });
    return { status: answer.status, document: (await answer.json()) as Record<string, unknown> };
  };

  test('a scan gets what the command line prints, under its own name, and nothing of it stays', async () => {
    const sent = readFileSync(files[5]!);
    const { status, document } = await ask('/predict?name=five.png', { method: 'POST', body: sent });
    expect(status).toBe(200);
    const printed = await falxJson<Record<string, unknown>>(place.home, [
      'predict',
      runIds[0]!,
      files[5]!,
      '--with',
      runIds[1]!,
    ]);
    const comparable = (of: Record<string, unknown>) =>
      JSON.parse(JSON.stringify(of), (key, value: unknown) => {
        if (key === 'created' || key === 'milliseconds') return null;
        if (typeof value === 'number') return Number(value.toFixed(5));
        return value === files[5] ? 'five.png' : value;
      }) as unknown;
    expect(comparable(document)).toEqual(comparable(printed));
    expect(document).toMatchObject({ use: RESEARCH_USE, together: [{ models: 2 }] });
    expect(made.core.registry.predictions.list().map(({ file }) => file)).toContain('five.png');
    expect(readdirSync(path.join(place.home, 'uploads'))).toEqual([]);
  });

  test('a volume gets an answer a slice; what is no picture its reason, without the place where it lay', async () => {
    const volume = new Uint8Array(niftiFile({ size: [40, 50, 3] }));
    const { document } = await ask('/predict?name=v.nii', { method: 'POST', body: volume });
    const told = document['predictions'] as { file: string; probability: number }[];
    expect(told.slice(0, 3).map(({ file }) => file)).toEqual([0, 1, 2].map((at) => `v.nii#axial:${at}`));
    const slices = told.slice(0, 3).map((one) => one.probability);
    expect(document).toMatchObject({
      volumes: [
        {
          file: 'v.nii',
          runId: runIds[0],
          probabilities: slices,
          probability: expect.closeTo(slices.reduce((a, b) => a + b) / 3, 9) as number,
        },
        { file: 'v.nii', runId: runIds[1] },
      ],
    });
    const text = await ask('/predict', { method: 'POST', body: 'Dear colleague' });
    expect(text).toMatchObject({
      status: 422,
      document: { predictions: [{ file: 'scan' }, { file: 'scan' }] },
    });
    expect(JSON.stringify(text.document)).not.toContain(place.home);
  });

  test.each<[number, string, string, Sent]>([
    [401, 'no token', '/predict', { method: 'POST', body: 'x', headers: { authorization: '' } }],
    [401, 'a wrong token', '/openapi.json', { headers: { authorization: 'Bearer a-token' } }],
    [403, 'a foreign name', '/openapi.json', { headers: { host: 'evil.example' } }],
    [404, 'another address', '/upload/up-1/a.png', { method: 'PUT', body: 'x' }],
    [405, 'another method', '/predict', {}],
    [400, 'nothing sent', '/predict', { method: 'POST' }],
    [400, 'a name that leads elsewhere', '/predict?name=..%2Fa.png', { method: 'POST', body: 'x' }],
  ])('%i for %s', async (status, _, target, { headers = {}, ...sent }) => {
    const answer = await asked(server, target, {
      ...sent,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.any(String) as string });
  });

  test('are described by the schemas that the answers fit', async () => {
    const { document } = await ask('/openapi.json');
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: expect.any(String) as string } });
    const schemas = (document['components'] as { schemas: Record<string, object> }).schemas;
    const answers = z.fromJSONSchema(schemas['Answers'] as Parameters<typeof z.fromJSONSchema>[0]);
    const sent = { method: 'POST', body: readFileSync(files[6]!) };
    expect(answers.safeParse((await ask('/predict', sent)).document)).toMatchObject({ success: true });
    expect(answers.safeParse({ use: RESEARCH_USE, predictions: [{ file: 'a' }] }).success).toBe(false);
  });
});

describe('a full queue', () => {
  test('sends more away until there is room, and answers those that it took', async () => {
    const gate = Promise.withResolvers<void>();
    const held = {
      use: async <T>(...[run, device, work]: Parameters<PredictorPool['use']>): Promise<T> => {
        await gate.promise;
        return made.core.predictors.use(run, device, work) as Promise<T>;
      },
    };
    const { home, registry, devices, training, log, hub } = made.core;
    const core = { home, registry, devices, training, log, hub, predictors: held as PredictorPool };
    const answer = servedPredictions({ core, runs: [registry.runs.get(runIds[0]!)] });
    const leaving = new AbortController();
    const post = (signal?: AbortSignal) =>
      answer(
        new Request('http://127.0.0.1/predict', {
          method: 'POST',
          body: readFileSync(files[7]!),
          ...(signal && { signal }),
        }),
      );
    const kept = post();
    // As many as allowed, and one more.
    const sent = Array.from({ length: 263 }, () => post(leaving.signal));
    const sentAway = await post();
    expect(sentAway.status).toBe(503);
    expect(sentAway.headers.get('retry-after')).toBe('1');
    expect(await sentAway.json()).toMatchObject({ facts: { why: 'servedBusy', waiting: 264 } });
    leaving.abort();
    gate.resolve();
    expect((await kept).status).toBe(200);
    await Promise.allSettled(sent);
    expect((await post()).status).toBe(200);
  });
});

describe('served by the command line', () => {
  onLinux('at an address of this machine, to those who have the token of a file that it makes', async () => {
    const tokenFile = path.join(place.home, 'token');
    const serve = ['serve', '--predict', runIds[0]!, '--address', '127.0.0.2', '--token-file', tokenFile];
    const { child, ended } = startFalx(place.home, [...serve, '--json']);
    let printed = '';
    for await (const chunk of child.stdout!) {
      printed += String(chunk);
      if (printed.includes('"openApi"') && printed.trimEnd().endsWith('}')) break;
    }
    const { address, openApi, token } = JSON.parse(printed) as Record<string, string>;
    expect(address).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect(readFileSync(tokenFile, 'utf8').trim()).toBe(token);
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    const status = async (given: string) =>
      (await fetch(openApi!, { headers: { authorization: `Bearer ${given}` } })).status;
    expect(await status(token!)).toBe(200);
    expect(await status(`${token}x`)).toBe(401);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('with no token that is easily guessed', async () => {
    const tokenFile = path.join(place.home, 'short');
    writeFileSync(tokenFile, 'secret\n');
    const { code, stderr } = await falx(
      place.home,
      'serve',
      '--predict',
      runIds[0]!,
      '--token-file',
      tokenFile,
    );
    expect(code).toBe(2);
    expect(stderr).toContain(tokenFile);
  });
});

describe('one scan', () => {
  const report = async (asked: { file: string; form: 'pdf' | 'sr'; names: boolean }) => {
    const before = made.core.registry.predictions.list().length;
    const { id } = await made.client.predict.report({ runIds: runIds.slice(0, 2), language: 'en', ...asked });
    const job = await made.core.jobs.settled(id);
    expect(made.core.registry.predictions.list()).toHaveLength(before);
    if (job.state !== 'done') return { name: '', bytes: Buffer.alloc(0), error: job.error };
    const { file } = await made.core.downloads.find(id, job.resultId!);
    return { name: job.resultId!, bytes: readFileSync(file), error: null };
  };

  test('is saved as a PDF and as a structured report, which name nobody unless that is asked', async () => {
    const dicom = path.join(place.home, 'scans', 'KIM MINSU.dcm');
    writeFileSync(
      dicom,
      dicomFile(
        '1.2.840.10008.1.2.1',
        dicomPicture(
          { rows: 16, columns: 16, bits: 8 },
          Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)),
          { '00100010 PN': 'KIM^MINSU ', '00100020 LO': '4711' },
        ),
      ),
    );
    const plain = await report({ file: dicom, form: 'sr', names: false });
    expect(plain.name).toBe('falx-scan.sr.dcm');
    expect(plain.bytes.subarray(128, 132).toString()).toBe('DICM');
    expect(plain.bytes.includes(RESEARCH_USE)).toBe(true);
    expect(/KIM|4711/.test(plain.bytes.toString('latin1'))).toBe(false);
    const named = await report({ file: dicom, form: 'sr', names: true });
    expect(named.name).toBe('KIM MINSU.sr.dcm');
    expect(named.bytes.includes('KIM^MINSU')).toBe(true);
    const page = await report({ file: files[8]!, form: 'pdf', names: false });
    expect(page.name).toBe('falx-scan.pdf');
    expect(page.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect((await report({ file: files[8]!, form: 'sr', names: false })).error).toMatchObject({
      code: 'bad-usage',
      facts: { why: 'reportsWithoutDicom' },
    });
  });
});

describe('a model that Keras could have saved', () => {
  test('is imported as a run that answers as the one it was exported from, and marked as such', async () => {
    const { registry } = made.core;
    const own = registry.runs.get(runIds[2]!);
    const file = path.join(place.home, 'tumour.keras');
    await exportRun(own, file, registry, { format: 'keras' });
    expect(await made.client.runs.lookAt({ file })).toEqual({
      kind: 'keras',
      network: 'mobilenetv2',
      width: 1,
      imageSize: 64,
      scales: true,
      outputs: 1,
      ownHead: false,
      labels: null,
    });
    const { classes } = registry.datasets.get(registry.splits.get(own.splitId).datasetId);
    const positive = registry.datasets.get(registry.splits.get(own.splitId).datasetId).positive;
    const negative = classes.find((name) => name !== positive)!;
    const unnamed = await made.client.runs.import({ file });
    expect((await made.core.jobs.settled(unnamed.id)).error).toMatchObject({
      facts: { why: 'kerasClasses' },
    });
    const before = await made.client.datasets.list();
    const { id } = await made.client.runs.import({
      file,
      keras: { classes: [negative, positive], positive },
    });
    const { resultId, error } = await made.core.jobs.settled(id);
    expect(error).toBeNull();
    const { run, metrics } = await made.client.runs.get({ runId: resultId! });
    expect(run).toMatchObject({
      status: 'done',
      settings: { imported: { file: 'tumour.keras', keras: '3.15.1', head: [], rescaling: null } },
    });
    expect(metrics).toBeNull();
    expect(await made.client.datasets.list()).toEqual(before);
    const answers = await made.client.predict.scans({ runIds: [own.id, run.id], files: files.slice(0, 4) });
    const [there, here] = [answers.slice(0, 4), answers.slice(4)];
    here.forEach(({ probability, label, notices }, at) => {
      expect(probability).toBeCloseTo(there[at]!.probability!, 5);
      expect(label).toBe(there[at]!.label);
      expect(notices).toContainEqual(
        expect.objectContaining({ code: 'noticeNotFitted', because: 'imported' }) as object,
      );
    });
    const asked = await made.client.compare.evaluate({ runIds: [run.id] });
    expect((await made.core.jobs.settled(asked.id)).error).toMatchObject({
      facts: { why: 'importedNoScans' },
    });
  });
});

describe('the pool', () => {
  onLinux('opens a network anew whose worker was lost', async () => {
    const [run] = [made.core.registry.runs.get(runIds[3]!)];
    const ask = () => made.client.predict.scans({ runIds: [run.id], files: files.slice(0, 1) });
    const [before] = await ask();
    for (const pid of workers()) process.kill(pid, 'SIGKILL');
    await expect.poll(() => made.core.predictors.loaded).toEqual([]);
    const [after] = await ask();
    expect(after!.probability).toBe(before!.probability);
  });

  test('closes what nobody has asked for a while, but nothing in use', async () => {
    const pool = new PredictorPool(place.home, { capacity: 1, idle: 200 });
    const [first, second] = [
      made.core.registry.runs.get(runIds[0]!),
      made.core.registry.runs.get(runIds[1]!),
    ];
    const inUse = await pool.use(first, 'cpu', async () => {
      await pool.use(second, 'cpu', () => Promise.resolve());
      return [...pool.loaded];
    });
    expect(inUse).toEqual([first.id]);
    await expect.poll(() => pool.loaded).toEqual([]);
    await pool.close();
    await expect(pool.use(first, 'cpu', () => Promise.resolve())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('comparing', () => {
  test('evaluates what has not been yet, and joins the evaluated images with their files', async () => {
    // One evaluated in the queue, and one with the same model that was not.
    const { registry } = made.core;
    registry.runs.add({ ...registry.runs.get(runIds[0]!), id: 'run-copy' });
    const asked = [runIds[0]!, 'run-copy'];
    const told = made.heard((event) => event.kind === 'changed' && event.table === 'metrics');
    const job = await made.client.compare.evaluate({ runIds: asked });
    expect(await made.core.jobs.settled(job.id)).toMatchObject({ state: 'done', done: 2, total: 2 });
    await told;
    const [first, second] = await made.client.compare.evaluated({ runIds: asked });
    expect(first!.images).toHaveLength(12);
    expect(second!.images.map(({ imageId }) => imageId)).toEqual(first!.images.map(({ imageId }) => imageId));
    second!.images.forEach(({ probability }, i) =>
      expect(probability).toBeCloseTo(first!.images[i]!.probability, 6),
    );
    const known = new Map(registry.images.list('ds-scans').map((image) => [image.id, image]));
    for (const image of [...first!.images, ...second!.images]) {
      expect(known.get(image.imageId)).toMatchObject({ file: image.file, className: image.className });
      expect(image.label).toBe(image.className === 'Brain Tumor' ? 1 : 0);
    }
  });

  test('is refused before it starts when a run has no model, and evaluated images before they are there', async () => {
    const { registry } = made.core;
    const waiting = { ...registry.runs.get(runIds[0]!), id: 'run-waits', status: 'interrupted' as const };
    mkdirSync(path.join(place.home, 'runs'), { recursive: true });
    registry.runs.add(waiting);
    await expect(made.client.compare.evaluate({ runIds: ['run-waits'] })).rejects.toMatchObject({
      code: 'bad-run',
    });
    await expect(made.client.compare.evaluated({ runIds: ['run-waits'] })).rejects.toMatchObject({
      code: 'bad-run',
      message: expect.stringMatching(/has not been evaluated/),
    });
  });
});

/** Sends the request as written: `fetch` would not send another Host. */
function asked(
  { port }: PredictServer,
  target: string,
  { method = 'GET', headers, body }: { method?: string; headers: Record<string, string>; body?: BodyInit },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: target, method, headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    sent.once('error', reject);
    sent.end(typeof body === 'string' ? body : undefined);
  });
}
