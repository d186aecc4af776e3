import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { answersTable } from '../../src-main/contract/answers-table.ts';
import type { Prediction } from '../../src-main/contract/records.ts';
import { arrivals, scansIn } from '../../src-main/predict/scans-in.ts';
import { uploadsOf } from '../../src-main/registry/find-home.ts';
import { writeZip } from '../../src-main/system/zip.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-scans-in-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function folderOf(name: string, files: readonly string[]): string {
  const folder = path.join(scratch, name);
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), 'x');
  }
  return folder;
}

test('of a folder are all to any depth that are called as scans are, or have no ending as DICOM files do', async () => {
  const folder = folderOf('some', [
    'b.PNG',
    'a.dcm',
    'deep/er/volume.nii.gz',
    'IM000001',
    '1.2.840.113619.2.55',
    'report.pdf',
    'notes.txt',
    'Thumbs.db',
  ]);
  const named = path.join(scratch, 'named.txt');
  expect(await scansIn([folder, named, path.join(folder, 'a.dcm')], scratch)).toEqual({
    files: [
      ...['1.2.840.113619.2.55', 'IM000001', 'a.dcm', 'b.PNG', 'deep/er/volume.nii.gz'].map((file) =>
        path.join(folder, file),
      ),
      named, // an explicitly named file is predicted, whatever its extension
    ],
    others: 2,
  });
});

test('of a zip archive are those in it, unpacked below the home, and once only', async () => {
  const folder = folderOf('to-pack', ['b.png', 'IM1', 'notes.txt']);
  const archive = path.join(scratch, 'scans.ZIP');
  const entries = ['P1/b.png', 'P1/IM1', 'notes.txt'];
  await writeZip(
    archive,
    entries.map((name) => ({ name, file: path.join(folder, path.basename(name)) })),
  );
  const found = await scansIn([archive], scratch);
  expect(found).toEqual({ files: [expect.any(String), expect.any(String)], others: 1 });
  expect(found.files.map((file) => path.relative(uploadsOf(scratch), file))).toEqual([
    expect.stringMatching(/^up-[0-9a-f]{20}\/P1\/IM1$/),
    expect.stringMatching(/^up-[0-9a-f]{20}\/P1\/b\.png$/),
  ]);
  expect(await scansIn([archive], scratch)).toEqual(found);
  // Called an archive, and none: told as what it is when it is read.
  const none = path.join(folder, 'letter.zip');
  writeFileSync(none, 'Dear colleague');
  expect(await scansIn([none], scratch)).toEqual({ files: [none], others: 0 });
  const cut = path.join(folder, 'cut.zip');
  writeFileSync(cut, readFileSync(archive).subarray(0, 60));
  await expect(scansIn([cut], scratch)).rejects.toMatchObject({ code: 'bad-archive' });
});

test('that come to a folder are told once each, when nobody writes them any more, and again when they were replaced', async () => {
  const folder = folderOf('watched', ['first.png']);
  const ending = new AbortController();
  const told = arrivals(folder, { home: scratch, signal: ending.signal, every: 1 });
  const next = async () => (await told.next()).value as string[];
  expect(await next()).toEqual([path.join(folder, 'first.png')]);
  const second = path.join(folder, 'second.png');
  writeFileSync(second, 'half');
  expect(await next()).toEqual([second]);
  appendFileSync(second, ' and the rest');
  expect(await next()).toEqual([second]);
  ending.abort();
  expect(await told.next()).toMatchObject({ done: true });
});

test('are numbered in a table that names no file, and their pictures with them', () => {
  const of = (file: string, more: Partial<Prediction> = {}): Prediction => ({
    runId: 'run-a',
    file,
    sha256: null,
    answer: 'refused',
    notices: [],
    probability: null,
    calibrated: null,
    conformal: null,
    label: null,
    positive: null,
    threshold: 0.5,
    milliseconds: null,
    error: null,
    created: '2026-01-01T00:00:00.000Z',
    ...more,
  });
  const predictions = [
    of('/kim-minsu/v.nii#axial:3'),
    of('/kim-minsu/v.nii#axial:4'),
    of('/kim-minsu/b.png', { error: '“/kim-minsu/b.png” can’t be read', facts: { why: 'fileNoImage' } }),
    of('/kim-minsu/v.nii#axial:3', { runId: 'run-b' }),
  ];
  const { head, rows } = answersTable(predictions, { names: false });
  expect(rows.map(([file]) => file)).toEqual(['1#axial:3', '1#axial:4', '2', '1#axial:3']);
  expect(rows[2]![head.indexOf('error')]).toBe('fileNoImage');
  expect(JSON.stringify(rows)).not.toContain('minsu');
  expect(answersTable(predictions, { names: true }).rows[2]![0]).toBe('/kim-minsu/b.png');
});
