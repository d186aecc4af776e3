import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownTags, profileRows } from '../../src-main/deidentify/tables.ts';
import { deidentifyFolder, type DeidentifyResult } from '../../src-main/deidentify/deidentify-handlers.ts';
import { pydicomPython } from '../images/dicom/pydicom.ts';
import { python } from '../python.ts';

/** Checked by pydicom and David Clunie's dciodvfy, which share nothing with Falx but the standard. */
const place = mkdtempSync(path.join(tmpdir(), 'falx-deidentify-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const script = (name: string) => path.join(import.meta.dirname, name);
const key = path.join(place, 'key');
const real = path.resolve(import.meta.dirname, '../../../shared/data/dicom');

interface Judged {
  source: string;
  file: string;
  /** null: pydicom does not read the source. */
  pixels: boolean | null;
  private: string[];
  dates: string[];
  removed: string;
  method: string;
  codes: string[];
  patient: string;
  instance: string;
  meta: string;
  study: string;
  syntax: string;
}

let executable: string;
beforeAll(async () => {
  executable = await pydicomPython();
});

const judge = async (source: string, { report, mappingFile }: DeidentifyResult): Promise<Judged[]> =>
  JSON.parse(await python(executable, [script('judged.py'), source, mappingFile, report.folder])) as Judged[];

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

describe('a canary in every attribute of the profile’s table, nested and private ones too', () => {
  const source = path.join(place, 'planted');
  let kept: DeidentifyResult;
  let moved: DeidentifyResult;
  const before = () =>
    filesIn(source).map((file) => [file, statSync(file).mtimeMs, readFileSync(file, 'base64')]);
  let was: ReturnType<typeof before>;

  beforeAll(async () => {
    const rows = profileRows.map(({ tag, vr }) => [tag, vr]);
    await python(executable, [script('planted.py'), JSON.stringify(rows), source]);
    was = before();
    kept = await deidentifyFolder(source, path.join(place, 'kept'), { key });
    moved = await deidentifyFolder(source, path.join(place, 'moved'), { key, moveDates: true });
  });

  test('is in the files that were made', () => {
    for (const file of filesIn(source)) {
      const text = readFileSync(file, 'latin1');
      // 41 kinds of each: at the top level, and nested three deep.
      expect(text.split('CNRY').length).toBeGreaterThan(4 * 400);
      for (const canary of ['867530', '18671107', '235917']) expect(text).toContain(canary);
    }
  });

  test.each(['kept', 'moved'] as const)('is in no byte of what is written: dates %s', (which) => {
    const { report, reportFile } = which === 'kept' ? kept : moved;
    expect(report).toMatchObject({ files: 3, patients: 1, leftOut: {} });
    const canaries = ['CNRY', 'cnry', '867530', '18671107', '길동', ...(which === 'kept' ? ['235917'] : [])];
    for (const file of [...filesIn(report.folder), reportFile]) {
      const bytes = readFileSync(file);
      for (const canary of canaries) {
        expect(bytes.includes(canary), `${canary} in ${file}`).toBe(false);
        expect(file.includes(canary)).toBe(false);
        // As a big-endian or UTF-16 writer would store it.
        expect(bytes.includes(Buffer.from(canary, 'utf16le'))).toBe(false);
        expect(bytes.includes(Buffer.from(canary, 'utf16le').swap16())).toBe(false);
      }
    }
  });

  test('is in pixels and marks that pydicom reads, and the source is as it was', async () => {
    for (const result of [kept, moved]) {
      const judged = await judge(source, result);
      expect(judged).toHaveLength(3);
      for (const one of judged) {
        expect(one).toMatchObject({
          pixels: true,
          private: [],
          removed: 'YES',
          syntax: '1.2.840.10008.1.2.1',
        });
        expect(one.meta).toBe(one.instance);
        expect(one.instance).toMatch(/^2\.25\.\d{30,39}$/);
        expect(one.patient).toMatch(/^P-[0-9a-f]{12}$/);
        expect(one.codes).toEqual(result === moved ? ['113100', '113107'] : ['113100']);
        expect(one.method).toContain('PS3.15 2026c');
        // A patient's dates are all shifted equally, or replaced by dummy values.
        const dates = new Set(one.dates.map((date) => date.slice(0, 8)));
        if (result === kept) expect([...dates]).toEqual(['19000101']);
        else expect([...dates].filter((date) => date !== '19000101')).toHaveLength(1);
      }
    }
    expect(before()).toEqual(was);
  });
});

test('the dictionary is pydicom’s, so that what is written has the representations that the standard gives it', async () => {
  const said = await python(executable, [
    '-c',
    'import json; from pydicom.datadict import DicomDictionary as D; print(json.dumps({k: v[0].replace(" or ", "/") for k, v in D.items()}))',
  ]);
  const pydicom = JSON.parse(said) as Record<string, string>;
  const known = [...knownTags()];
  expect(known.length).toBeGreaterThan(4900);
  for (const [tag, vr] of known) expect([tag, vr]).toEqual([tag, pydicom[String(tag)]]);
});

const verifier = spawnSync('dciodvfy', ['-version']).error === undefined;
if (!verifier)
  process.stderr.write('What is de-identified is not judged by dciodvfy. Install dicom3tools.\n');

describe.skipIf(!existsSync(real))('files of scanners', () => {
  let result: DeidentifyResult;
  let judged: Judged[];
  beforeAll(async () => {
    result = await deidentifyFolder(real, path.join(place, 'real'), { key });
    judged = await judge(real, result);
  });

  test('keep their pixels bit for bit, and lose their private elements and dates', () => {
    expect(judged.length).toBe(result.report.files);
    expect(judged.length).toBeGreaterThan(55);
    expect(judged.filter(({ pixels }) => pixels === null).length).toBeLessThanOrEqual(1);
    for (const one of judged) {
      expect(one.pixels, one.source).not.toBe(false);
      expect(one, one.source).toMatchObject({ private: [], removed: 'YES' });
      expect(one.dates.filter((date) => !date.startsWith('19000101'))).toEqual([]);
    }
  });

  test.skipIf(!verifier)('have no error that dciodvfy did not find before', () => {
    const errorsOf = (file: string) =>
      new Set(
        spawnSync('dciodvfy', [file], { encoding: 'utf8' })
          .stderr.split('\n')
          .filter((line) => line.startsWith('Error'))
          // Values and positions of items are irrelevant to the fault.
          .map((line) => line.replace(/<[^>]*>/g, '<>').replace(/\[\d+\]/g, '[]')),
      );
    const worse = judged.flatMap(({ source, file }) => {
      const before = errorsOf(path.join(real, source));
      return [...errorsOf(path.join(result.report.folder, file))]
        .filter((line) => !before.has(line))
        .map((line) => `${source}: ${line}`);
    });
    expect(worse).toEqual([]);
  });
});
