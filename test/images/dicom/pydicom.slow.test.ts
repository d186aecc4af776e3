import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeEncoded } from './encoded.ts';
import { compared, filesIn, script, verdict, type Comparison } from './pydicom.ts';

const shared = path.resolve(import.meta.dirname, '../../../../shared/data/dicom');
const skip = !existsSync(shared);
if (skip) console.warn(`Skipped: ${shared} is not here.`);

/** Files that Falx reads but pydicom 3.0.2 with pylibjpeg does not, by the end of their names, and why. */
const readByFalxAlone: Record<string, string> = {
  'BigEndian_undefined_length.dcm': 'pydicom loses its place in a sequence of undefined length',
  'emri_small_jpeg_2k_lossless_too_short.dcm': 'only the delimiter after the last fragment is missing',
  'JPEG-lossy.dcm': "pylibjpeg's decoder refuses its markers",
  'JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm': 'it has no decoder for progressive JPEG',
  'JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm': 'it has no decoder for spectral selection',
  'badVR.dcm': 'a whole number that is none, in an element about no pixels',
};

/** Files that neither reads, by the end of their names, and Falx's required message. */
const refused: Record<string, RegExp> = {
  'GH1376.dcm': /come in fragments/,
  'GH179B.dcm': /ends within element/,
  'GH626.dcm': /ends within element/,
  'FailToOpenDeflatedFileWithSQ.dcm': /without pixel data/,
  'chrKoreanMulti.dcm': /modality CR without pixel data/,
  'multiframe.dcm': /240 × 240 pixels, and its compressed data say 55 × 240/,
  'MR_truncated.dcm': /need 8,192 bytes of pixel data, and it has 8,130/,
  'UN_sequence.dcm': /without pixel data/,
  'meta_missing_tsyntax.dcm': /lacks Rows/,
  'nested_priv_SQ.dcm': /lacks Rows/,
  'JPEG2000-embedded-sequence-delimiter.dcm': /compressed data/,
};

/** pydicom's other files have no pixels: plans, reports, waveforms, disc directories, damaged headers. */
const noPicture = /without pixel data|DICOMDIR|ends within|is where an item|is where a fragment|It is a/;

/** Only lossy JPEG differs: decoders round and interpolate colour differently. */
const MOST = 3;

let out = '';
beforeAll(() => void (out = mkdtempSync(path.join(tmpdir(), 'falx-pydicom-'))));
afterAll(() => rmSync(out, { recursive: true }));

function folder(name: string): string {
  const created = path.join(out, name);
  mkdirSync(created);
  return created;
}

const endOf = (list: Record<string, unknown>, file: string): string | undefined =>
  Object.keys(list).find((end) => file.endsWith(end));

/** Checks all comparisons and prints how many were read, and how much lossy ones differ. */
function expectEqual(comparisons: Comparison[]): void {
  for (const comparison of comparisons) {
    const { file, pydicom, falx, values } = comparison;
    const name = path.basename(file);
    expect(verdict(comparison), `${name}: ${JSON.stringify(comparison)}`).toBeNull();
    expect(values, name).toBeLessThanOrEqual(MOST);
    if (pydicom === null) continue;
    if (falx === null) expect(endOf(readByFalxAlone, name), `${name}: ${pydicom}`).toBeDefined();
    else expect(falx, name).toMatch(refused[endOf(refused, name) ?? ''] ?? noPicture);
  }
  const read = comparisons.filter(({ pydicom }) => pydicom === null);
  const largest = Math.max(...read.map(({ values }) => values));
  console.info(`${comparisons.length} files, ${read.length} read by both, largest difference ${largest}`);
}

describe("pixels are pydicom's", () => {
  test.skipIf(skip)('in the shared folder', async () => {
    const files = filesIn(shared);
    const comparisons = await compared(files, folder('shared'));
    expect(comparisons).toHaveLength(73);
    expectEqual(comparisons);
  });

  test('in the files that come with pydicom', async () => {
    const pydicomFolder = path.dirname((await script('where.py')).trim());
    const files = ['test_files', 'charset_files'].flatMap((name) =>
      filesIn(path.join(pydicomFolder, 'data', name)),
    );
    expect(files.length).toBeGreaterThan(100);
    expectEqual(await compared(files, folder('own')));
  });

  test('in files of every depth, sign, order and syntax that pydicom writes', async () => {
    const made = folder('made');
    await script('made.py', made);
    const files = filesIn(made);
    expect(files.length).toBeGreaterThan(300);
    const comparisons = await compared(files, folder('made-read'));
    expect(comparisons.filter(({ pydicom }) => pydicom !== null)).toEqual([]);
    expectEqual(comparisons);
  });

  test('in files that are laid out in unusual ways', async () => {
    const made = folder('unusual');
    await script('unusual.py', made);
    const files = filesIn(made);
    expect(files.length).toBeGreaterThan(70);
    const comparisons = await compared(files, folder('unusual-read'));
    expect(comparisons.filter(({ pydicom }) => pydicom !== null)).toEqual([]);
    expectEqual(comparisons);
  });

  test('in frames that other codecs than pylibjpeg compressed', async () => {
    const encoded = folder('encoded');
    await writeEncoded(encoded);
    const comparisons = await compared(filesIn(encoded), folder('encoded-read'));
    expect(comparisons.length).toBeGreaterThan(80);
    expect(comparisons.filter(({ pydicom }) => pydicom !== null)).toEqual([]);
    expectEqual(comparisons);
  });
});
