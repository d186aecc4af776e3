import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { importFolder, type ImportOptions } from '../../src-main/import/import-handlers.ts';
import { retryQuarantined } from '../../src-main/import/retry.ts';
import { newId, Registry } from '../../src-main/registry/registry.ts';
import { startedAfter } from '../../src-main/system/processes.ts';
import { file as dicom, picture as header, words } from '../images/dicom/dicom-fixtures.ts';
import { layOut, picture } from './folders.ts';

const hour = 3600_000;
let root: string;
let registry: Registry;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'falx-again-'));
  registry = Registry.open(path.join(root, 'home'));
  // A file changed less than 2 s ago is never assumed unchanged: pretends that an hour has passed.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hour });
});
afterEach(() => {
  vi.useRealTimers();
  registry.close();
  rmSync(root, { recursive: true });
});
const scans = (files: Record<string, Buffer | string | null>, name = 'scans') =>
  layOut(path.join(root, name), files);
const add = (folder: string, options: Partial<ImportOptions> = {}) =>
  importFolder({ registry, folder, ...options });
const unfinished = () => registry.imports.unfinished();
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i % 2 ? 'yes' : 'no'}/${i}.png`, null]));
/** A dataset's images without the fields that differ between datasets. */
const imagesOf = (id: string) => registry.images.list(id).map(({ id: _, datasetId: __, ...image }) => image);

describe('a second import', () => {
  test('reads only what changed, counts it, and makes a new dataset as a first one would', async () => {
    const folder = await scans({
      'yes/a.png': null,
      'yes/b.png': null,
      'no/c.png': null,
      'no/d.png': null,
      'no/e.png': null,
    });
    const first = await add(folder);
    expect(first).toMatchObject({ changes: null, takenOver: 0, existing: false });
    writeFileSync(path.join(folder, 'yes/a.png'), await picture());
    unlinkSync(path.join(folder, 'no/c.png'));
    writeFileSync(path.join(folder, 'no/new.png'), await picture());
    renameSync(path.join(folder, 'no/d.png'), path.join(folder, 'yes/d.png'));

    const second = await add(folder);
    expect(second).toMatchObject({
      existing: false,
      changes: { added: 2, changed: 1, gone: 2, unchanged: 2 }, // d.png left one class and is new in the other
      takenOver: 2,
      images: 5,
    });
    expect(second.dataset.id).not.toBe(first.dataset.id);
    expect(registry.images.list(first.dataset.id)).toHaveLength(5); // as it was

    const home = path.join(root, 'other home');
    const elsewhere = Registry.open(home);
    const fresh = await importFolder({ registry: elsewhere, folder });
    expect(second.dataset.hash).toBe(fresh.dataset.hash);
    const there = elsewhere.images.list(fresh.dataset.id).map(({ id: _, datasetId: __, ...image }) => image);
    expect(imagesOf(second.dataset.id)).toEqual(there);
    elsewhere.close();
  });

  test('gives the dataset that is there when nothing changed, without reading a file', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null, 'no/text.png': 'text' });
    const first = await add(folder);
    const again = await add(folder);
    expect(again).toMatchObject({
      existing: true,
      dataset: first.dataset,
      changes: { added: 0, changed: 0, gone: 0, unchanged: 3 },
      takenOver: 2,
      quarantined: first.quarantined, // read again: the problem may be solved
    });
    expect(await add(folder, { reread: true })).toMatchObject({ existing: true, takenOver: 0 });
    expect(registry.datasets.list()).toHaveLength(1);
    expect(unfinished()).toEqual([]);
  });

  test('of a folder whose dataset was removed makes a new one, and takes over what that one knew', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    const first = await add(folder);
    registry.datasets.update(first.dataset.id, { removed: new Date().toISOString() });
    const second = await add(folder);
    expect(second).toMatchObject({ existing: false, takenOver: 2, changes: { unchanged: 2 } });
    expect(registry.datasets.list()).toEqual([second.dataset]);
  });

  test('keeps the positive class that a person chose', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    const { dataset } = await add(folder);
    registry.datasets.update(dataset.id, { positive: 'no' });
    writeFileSync(path.join(folder, 'no/c.png'), await picture());
    expect(await add(folder)).toMatchObject({ positive: 'no', positiveGuessed: false, existing: false });
    expect(await add(folder, { positive: 'yes' })).toMatchObject({ positive: 'yes', existing: false });
  });

  test('reads files that were touched or copied once more, and not at every import from then on', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null, 'no/bad.png': '' });
    const { dataset } = await add(folder);
    for (const file of ['yes/a.png', 'no/b.png']) chmodSync(path.join(folder, file), 0o600);
    utimesSync(path.join(folder, 'yes/a.png'), 1e9, 1e9);
    expect(await add(folder)).toMatchObject({ takenOver: 0, existing: true, dataset });
    expect(await add(folder)).toMatchObject({ takenOver: 2, existing: true, dataset });
    // By other rules with the same result.
    expect(await add(folder, { slices: 5 })).toMatchObject({ takenOver: 0, existing: true });
    expect(await add(folder, { slices: 5 })).toMatchObject({ takenOver: 2, existing: true });
    expect(registry.datasets.list()).toEqual([dataset]);
  });

  test('with a table of patients takes scans over, too, whose headers have others', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    const scan = (id: string) =>
      dicom('1.2.840.10008.1.2.1', {
        '00100020 LO': id,
        ...header({ rows: 2, columns: 3, stored: 12 }, words([1, 2, 3, 4, 5, Number(id)])),
      });
    for (const id of ['71', '72']) writeFileSync(path.join(folder, `yes/${id}.dcm`), scan(id));
    const labels = { file: path.join(root, 'patients.csv') };
    const table = (...rows: string[]) => writeFileSync(labels.file, ['file,patient', ...rows].join('\n'));
    const patientsOf = (id: string) => registry.images.list(id).map(({ file, patient }) => [file, patient]);
    table('yes/71.dcm,one', 'yes/a.png,one');
    const first = await add(folder, { labels });
    const patients = Object.fromEntries(patientsOf(first.dataset.id));
    expect(patients['yes/71.dcm']).toBe(patients['yes/a.png']);
    expect(patients['yes/72.dcm']).toEqual(expect.any(String));
    // 72 may come from its header or a table: it is read.
    expect(await add(folder, { labels })).toMatchObject({ existing: true, takenOver: 3 });
    table('yes/71.dcm,two', 'yes/72.dcm,two');
    const second = await add(folder, { labels });
    expect(second).toMatchObject({ takenOver: 4, changes: { changed: 3, unchanged: 1 } });
    const other = Object.fromEntries(patientsOf(second.dataset.id));
    expect(other['yes/71.dcm']).toBe(other['yes/72.dcm']);
    expect(other['yes/a.png']).toBeNull();
    // Without a table, headers count again, also after an import with a table, which did not need them, was stopped.
    const stop = new AbortController();
    const onProgress = (done: number) => done === 4 && stop.abort();
    await expect(add(folder, { labels, name: 'x', onProgress, signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const third = await add(folder);
    expect(third).toMatchObject({ takenOver: 2 });
    expect(Object.fromEntries(patientsOf(third.dataset.id))['yes/72.dcm']).toBe(patients['yes/72.dcm']);
  });

  test('does not trust a file that was changed in the moment it was read', async () => {
    vi.useRealTimers();
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    await add(folder);
    expect(await add(folder)).toMatchObject({ takenOver: 0, existing: true });
  });

  test('sees a change that leaves size and time as they were', async () => {
    const [one, other] = [await picture(), await picture()];
    expect(one.length).toBe(other.length);
    const folder = await scans({ 'yes/a.png': one, 'no/b.png': null });
    await add(folder);
    const file = path.join(folder, 'yes/a.png');
    const { atime, mtime } = statSync(file);
    writeFileSync(file, other);
    utimesSync(file, atime, mtime);
    expect(await add(folder)).toMatchObject({ changes: { changed: 1, unchanged: 1 }, existing: false });
  });
});

describe('a stopped import', () => {
  test('that was cancelled resumes where it was', async () => {
    const folder = await scans(many(60));
    const stop = new AbortController();
    const first = add(folder, { signal: stop.signal, onProgress: (done) => done === 40 && stop.abort() });
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect(registry.datasets.list()).toEqual([]);
    expect(unfinished()).toHaveLength(1);
    const second = await add(folder);
    expect(second).toMatchObject({ images: 60, changes: null });
    expect(second.takenOver).toBeGreaterThanOrEqual(40);
    expect(imagesOf(second.dataset.id).map(({ file }) => file)).toEqual(Object.keys(many(60)).sort());
    expect(unfinished()).toEqual([]);
  });

  test('again and again leaves what came furthest, and what it was at', async () => {
    const folder = await scans(many(200));
    for (const until of [60, 150, 150, 150]) {
      const stop = new AbortController();
      const onProgress = (done: number) => done === until && stop.abort();
      await expect(add(folder, { onProgress, signal: stop.signal })).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect(unfinished().length).toBeLessThanOrEqual(2);
    }
    const { takenOver, images } = await add(folder);
    expect(takenOver).toBeGreaterThanOrEqual(150);
    expect([images, unfinished()]).toEqual([200, []]);
  });

  test('whose process had this one’s id resumes where it was: in a container all ids may be 1', async () => {
    const folder = await scans(many(60));
    const stop = new AbortController();
    const onProgress = (done: number) => done === 50 && stop.abort();
    await expect(add(folder, { onProgress, signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const [left] = unfinished();
    expect(registry.imports.handOver(left!.id, 0, process.pid)).toBe(true);
    expect((await add(folder)).takenOver).toBeGreaterThanOrEqual(40);
    expect(unfinished()).toEqual([]);
  });

  test('whose process was killed resumes where it was, and reads again what has changed since', async () => {
    const folder = await scans(many(700));
    const home = path.join(root, 'home');
    const child = spawn(process.execPath, [
      path.join(import.meta.dirname, 'killed.child.ts'),
      home,
      folder,
      String(hour),
      '680',
    ]);
    let complaints = '';
    child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
    for await (const _ of createInterface({ input: child.stdout })) child.kill('SIGKILL');
    expect(complaints).not.toMatch(/Error/);
    expect(registry.datasets.list()).toEqual([]);
    expect(unfinished()).toHaveLength(1);
    writeFileSync(path.join(folder, 'no/100.png'), await picture());

    const second = await add(folder);
    expect(second.images).toBe(700);
    // At most 500 rows wait to be stored, and fewer if they come slowly.
    expect(second.takenOver).toBeGreaterThan(150);
    expect(second.takenOver).toBeLessThan(700);
    const elsewhere = Registry.open(path.join(root, 'other home'));
    const fresh = await importFolder({ registry: elsewhere, folder });
    expect(second.dataset.hash).toBe(fresh.dataset.hash);
    elsewhere.close();
    expect(unfinished()).toEqual([]);
  });

  test('that died while it was storing leaves no trace', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null });
    const id = newId('ds');
    const died = await new Promise<number>((done) => {
      const child = spawn('true');
      child.on('exit', () => done(child.pid!));
    });
    const half = { id, folder, created: new Date().toISOString(), classes: ['no', 'yes'], positive: 'yes' };
    registry.imports.begin(
      half,
      { reader: '', plane: null, slices: null, archive: null, labels: null, classes: null },
      died,
    );
    registry.imports.add(id, { images: [], quarantined: [], files: [{ file: 'yes/a.png', stamp: null }] });
    expect(registry.datasets.list({ removed: 'any' })).toEqual([]);
    expect(() => registry.datasets.get(id)).toThrow(/There is no dataset/);
    expect((await add(folder)).dataset.name).toBe('scans');
    expect(registry.imports.unfinished()).toEqual([]);
    expect(registry.imports.fileCount(id)).toBe(0);
  });
});

describe('quarantine, tried again', () => {
  test('gives what can be read now in a new dataset, with the decisions of the old one', async () => {
    const folder = await scans({
      'yes/a.png': null,
      'yes/b.png': 'cut',
      'no/c.png': null,
      'no/d.png': 'text',
    });
    symlinkSync('/nowhere', path.join(folder, 'no/link.png'));
    const { dataset: before } = await add(folder);
    const [c, a] = registry.images.list(before.id).map(({ id }) => id) as [number, number];
    registry.checks.decide(before.id, 'same-patient', [a, c]);
    writeFileSync(path.join(folder, 'yes/b.png'), await picture());
    unlinkSync(path.join(folder, 'no/link.png'));
    // Only quarantined files are read.
    writeFileSync(path.join(folder, 'no/c.png'), 'changed since, which is not asked');

    const seen: [number, number][] = [];
    const { dataset, recovered, left } = await retryQuarantined({
      registry,
      datasetId: before.id,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(recovered).toBe(1);
    expect(left.map(({ file }) => file)).toEqual(['no/d.png', 'no/link.png']);
    expect(seen.at(-1)).toEqual([3, 3]);
    expect(dataset).toMatchObject({ name: 'scans-2', folder, positive: 'yes', classes: ['no', 'yes'] });
    expect(dataset.hash).not.toBe(before.hash);
    expect(imagesOf(dataset.id).map(({ file, className }) => [file, className])).toEqual([
      ['no/c.png', 'no'],
      ['yes/a.png', 'yes'],
      ['yes/b.png', 'yes'],
    ]);
    expect(registry.quarantine.list(dataset.id)).toMatchObject(left);
    expect(registry.images.list(before.id)).toHaveLength(2);
    const [decision] = registry.checks.decisions(dataset.id);
    const files = decision!.imageIds.map((id) => registry.images.get(id));
    expect(files.map(({ file, datasetId }) => [file, datasetId])).toEqual([
      ['no/c.png', dataset.id],
      ['yes/a.png', dataset.id],
    ]);
  });

  test('leaves everything as it is when nothing more can be read', async () => {
    const folder = await scans({ 'yes/a.png': null, 'no/b.png': null, 'no/text.png': 'text' });
    const { dataset, quarantined } = await add(folder);
    expect(await retryQuarantined({ registry, datasetId: dataset.id })).toEqual({
      dataset,
      recovered: 0,
      left: quarantined,
    });
    expect(registry.datasets.list()).toEqual([dataset]);
  });
});

test('what a process did whose number another has now is left behind', () => {
  // This process started before this moment, so it may have started an import of now; not one of 1970.
  expect(startedAfter(process.pid, Date.now())).toBe(false);
  expect(startedAfter(process.pid, 0)).toBe(process.platform === 'linux');
  expect(startedAfter(2 ** 30, 0)).toBe(false);
});
