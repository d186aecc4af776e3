import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { FalxError } from '../../../src-main/contract/errors.ts';
import { readDicom, type DicomFile, type Samples } from '../../../src-main/images/dicom/dicom.ts';
import { python, pythonEnvironment } from '../../python.ts';
import { briefly } from '../../briefly.ts';

const here = import.meta.dirname;

export const pydicomPython = (): Promise<string> =>
  pythonEnvironment('pydicom', [
    'pydicom==3.0.2',
    'pylibjpeg==2.1.0',
    'pylibjpeg-libjpeg==2.5.0',
    'pylibjpeg-openjpeg==2.6.0',
    'pylibjpeg-rle==2.2.0',
    'numpy==2.3.4',
  ]);

/** Runs one of this folder's scripts. */
export const script = async (name: string, ...args: string[]): Promise<string> =>
  python(await pydicomPython(), [path.join(here, name), ...args]);

/** pydicom's result for a file. */
interface Reference {
  file: string;
  error?: string;
  syntax: string;
  /** Frames, rows, columns, samples. */
  shape: [number, number, number, number];
  dtype: string;
  colour?: string;
  window: boolean;
}

export interface Comparison {
  file: string;
  syntax: string | null;
  /** Why one of the two does not read it. */
  pydicom: string | null;
  falx: string | null;
  /** An error that is not a refusal, or a shape that differs from pydicom's. */
  fault: string | null;
  /** Largest differences over all frames. */
  values: number;
  rescaled: number;
  /** On a scale of 0…255 before rounding, and of colours. */
  levels: number;
  colours: number;
}

const unread = { syntax: null, falx: null, fault: null, values: 0, rescaled: 0, levels: 0, colours: 0 };

/** Transfer syntaxes whose decoders may round differently. */
const lossy = new Set([
  '1.2.840.10008.1.2.4.50',
  '1.2.840.10008.1.2.4.51',
  '1.2.840.10008.1.2.4.81',
  '1.2.840.10008.1.2.4.91',
  '1.2.840.10008.1.2.4.203',
]);

/** What is wrong with a comparison, or null: lossless files must be equal, and none that pydicom reads may be refused. */
export function verdict({
  syntax,
  pydicom,
  falx,
  fault,
  values,
  rescaled,
  levels,
  colours,
}: Comparison): string | null {
  if (fault !== null) return fault;
  if (pydicom !== null) return null;
  if (falx !== null) return 'pydicom reads it';
  if (lossy.has(syntax ?? '')) return null;
  // Levels are integers, and pydicom's are not rounded yet.
  const equal = values === 0 && rescaled === 0 && colours === 0 && levels <= 0.5 + 1e-9;
  return equal ? null : 'lossless, and differs';
}

/** Files in a folder that may be DICOM, in order. */
export const filesIn = (parent: string): string[] =>
  readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(csv|txt|json|dump|icc|gz|md|py)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

/** Compares every frame of these files with pydicom's. @param out an empty folder for its results. */
export async function compared(files: string[], out: string): Promise<Comparison[]> {
  const child = spawn(await pydicomPython(), [path.join(here, 'pydicom_reference.py'), out], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(files.join('\n') + '\n');
  const lines = (await text(child.stdout)).trim().split('\n');
  const references = lines.map((line) => JSON.parse(line) as Reference);
  const comparisons: Comparison[] = [];
  for (const [number, reference] of references.entries())
    comparisons.push(await compareFile(reference, (kind) => path.join(out, `${number}.${kind}`)));
  return comparisons;
}

async function compareFile(reference: Reference, answer: (kind: string) => string): Promise<Comparison> {
  const { file, error = null } = reference;
  const result: Comparison = { ...unread, file, pydicom: error };
  try {
    const dicom = readDicom(readFileSync(file), path.basename(file), 'salt');
    const differences = error === null ? await differencesOf(dicom, reference, answer) : await readAll(dicom);
    return { ...result, ...differences, syntax: dicom.transferSyntax.uid };
  } catch (fault) {
    if (!(fault instanceof FalxError))
      throw new Error(`${file} is not read and not refused`, { cause: fault });
    return { ...result, falx: briefly(fault) };
  }
}

async function readAll(dicom: DicomFile): Promise<object> {
  for (let frame = 1; frame <= dicom.frames; frame += 1) await dicom.picture(frame, 'file');
  return {};
}

async function differencesOf(
  dicom: DicomFile,
  { shape: [frames, rows, columns, samples], dtype, colour, window }: Reference,
  answer: (kind: string) => string,
): Promise<Pick<Comparison, 'values' | 'rescaled' | 'levels' | 'colours'>> {
  if (
    dicom.frames !== frames ||
    dicom.height !== rows ||
    dicom.width !== columns ||
    dicom.samples !== samples
  )
    throw new Error(`Expected ${[frames, rows, columns, samples].join(' × ')} samples`);
  const pixels = rows * columns;
  const largest = { values: 0, rescaled: 0, levels: 0, colours: 0 };
  const note = (kind: keyof typeof largest, difference: number) => {
    largest[kind] = Math.max(largest[kind], Number.isNaN(difference) ? Infinity : difference);
  };
  const [expected, scaled, levels, colours] = [
    numbers(answer('values'), dtype),
    samples === 1 && !colour ? numbers(answer('rescaled'), 'float64') : null,
    window ? numbers(answer('levels'), 'float64') : null,
    colour ? numbers(answer('colour'), colour) : null,
  ];
  for (let frame = 1; frame <= frames; frame += 1) {
    const from = (frame - 1) * pixels * samples;
    const { data } = await dicom.values(frame);
    note(
      'values',
      difference(data, (index) => expected[from + index]!),
    );
    if (scaled)
      note(
        'rescaled',
        difference((await dicom.rescaled(frame)).data, (index) => scaled[from + index]!),
      );
    const picture = await dicom.picture(frame, 'file');
    const inverted = dicom.facts['photometric'] === 'MONOCHROME1';
    if (levels)
      note(
        'levels',
        difference(picture.pixels, (index) => {
          const level = levels[from + Math.floor(index / 3)]!;
          return inverted ? 255 - level : level;
        }),
      );
    if (colours)
      note(
        'colours',
        difference(picture.pixels, (index) => {
          const value = colours[from * 3 + index]!;
          return colour === 'uint16' ? value >> 8 : value;
        }),
      );
  }
  return largest;
}

function difference(found: ArrayLike<number>, expected: (index: number) => number): number {
  let largest = 0;
  for (let index = 0; index < found.length; index += 1) {
    const distance = Math.abs(found[index]! - expected(index));
    if (!(distance <= largest)) largest = distance;
  }
  return largest;
}

const kinds = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

function numbers(file: string, kind: string): Samples {
  const bytes = new Uint8Array(readFileSync(file));
  // The nearest float64, as in Falx.
  if (kind === 'int64') return Float64Array.from(new BigInt64Array(bytes.buffer), Number);
  if (kind === 'uint64') return Float64Array.from(new BigUint64Array(bytes.buffer), Number);
  return new kinds[kind as keyof typeof kinds](bytes.buffer);
}
