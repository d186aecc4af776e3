import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Prediction } from '../../src-main/contract/records.ts';
import { readFile } from '../../src-main/images/dicom/dicom-file.ts';
import { itemsOf } from '../../src-main/images/dicom/elements.ts';
import type { DataSet } from '../../src-main/images/dicom/data-set.ts';
import { reportSource } from '../../src-main/predict/report-source.ts';
import { structuredReport } from '../../src-main/predict/structured-report.ts';
import { caseReport } from '../../src-main/predict/case-report.ts';
import * as sample from '../registry/sample-records.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'falx-sr-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const data = path.join(import.meta.dirname, '../../../shared/data/dicom');
const scan = path.join(data, 'brain_mr_datalad_structural__N2D_0032.dcm');

/** Needs the real scans of ../shared/data. */
const isThere = existsSync(scan);
const real = test.skipIf(!isThere);

/** As `texts` reads within an item, which does not repeat that it is UTF-8. */
const inItem = (text: string) => Buffer.from(text).toString('latin1');

const prediction = (more: Partial<Prediction> = {}): Prediction => ({
  runId: 'run-1',
  file: scan,
  sha256: isThere ? createHash('sha256').update(readFileSync(scan)).digest('hex') : '',
  answer: 'positive',
  notices: [{ code: 'noticeNearThreshold', grade: 'hint', probability: 1 / 3, threshold: 0.3 }],
  probability: 1 / 3,
  calibrated: 0.25,
  conformal: null,
  label: '종양',
  positive: true,
  threshold: 0.3,
  milliseconds: 1,
  error: null,
  created: '2026-01-01T00:00:00.000Z',
  ...more,
});
const refused = prediction({
  answer: 'refused',
  probability: null,
  calibrated: null,
  label: null,
  positive: null,
  error: 'no',
  facts: { why: 'fileNoImage' },
});
const runs = [{ id: 'run-1', network: 'mobilenetv2' as const }];
const made = async (identify: boolean, predictions = [prediction(), refused]) => {
  const source = (await reportSource(scan))!;
  return structuredReport({ predictions, runs, positiveName: '종양', source, identify });
};

/** All texts of a data set, including nested ones. */
const textsIn = (set: DataSet): string[] =>
  [...set.elements].flatMap(([tag, element]) => [
    ...set.texts(tag),
    ...(element.vr === 'SQ' ? itemsOf(element).flatMap(textsIn) : []),
  ]);

real('names nobody, and points to nothing that does, unless that is asked for', async () => {
  const original = readFile(readFileSync(scan)).dataSet;
  const identities = [0x00100010, 0x00100020, 0x00100030, 0x0020000d, 0x0020000e, 0x00080018, 0x00200010].map(
    (tag) => original.text(tag)!,
  );
  expect(identities.every((text) => text.length > 1)).toBe(true);
  const quiet = textsIn(readFile(await made(false)).dataSet);
  expect(quiet.filter((text) => identities.includes(text))).toEqual([]);
  const naming = textsIn(readFile(await made(true)).dataSet);
  expect(identities.filter((text) => !naming.includes(text))).toEqual([]);
  for (const texts of [quiet, naming])
    expect(texts).toEqual(
      expect.arrayContaining([
        'Research use only, not for diagnosis.',
        inItem('종양'),
        '0.333333333',
        'POSITIVE',
        'fileNoImage',
      ]),
    );
});

const dciodvfy = (() => {
  try {
    execFileSync('dciodvfy', ['-version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
})();

test.runIf(dciodvfy && isThere).each([true, false])(
  'has no error for dciodvfy, naming whose it is: %s',
  async (identify) => {
    const file = path.join(scratch, `${identify}.dcm`);
    // A frame of a class without frames may not be referenced.
    writeFileSync(file, await made(identify, [prediction({ file: `${scan}#2` }), refused]));
    // It prints everything to standard error.
    const said = execFileSync('sh', ['-c', 'dciodvfy "$1" 2>&1 || true', 'sh', file], { encoding: 'utf8' });
    expect(said).toContain('EnhancedSR');
    expect(said.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
  },
);

test('of what is no DICOM file there is none', async () => {
  const text = path.join(scratch, 'letter.dcm');
  writeFileSync(text, 'Dear colleague');
  expect(await reportSource(text)).toBeNull();
});

real.each(['en', 'ko'] as const)(
  'a PDF has the scan and says that it is for research, in %s',
  async (language) => {
    const run = { ...sample.run('run-1', 'sp-1'), network: 'mobilenetv2' as const };
    const one = { runs: [run] as const, positiveName: 'Tumour', language, names: false };
    const pdf = await caseReport({ ...one, predictions: [prediction({ notices: [] }), refused] });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1')).toContain('/Subtype /Image');
    expect(pdf.toString('latin1')).not.toContain('N2D_0032');
  },
);
