import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { explicitLittle, file, picture, words, type Elements } from '../images/dicom/dicom-fixtures.ts';

/**
 * Made-up heads, slice by slice: a tumour shows in some neighbouring slices and not in the others. Each is one drawn slice, smaller
 * towards the top and the base of the head; where the tumour is, it is the same slice drawn with it, fading at its ends.
 */

const side = 128;
/** Of a whole head. */
const slices = 24;
/** The tumour's, of which all show it. */
const TUMOUR = 5;

export type Head = {
  /** uint16 [side, side] each, 0 to 4,095, from the base of the head to its top. */
  levels: Uint16Array[];
  /** Those that show the tumour, or would, from 0; the end is not one of them. */
  from: number;
  to: number;
};

/** @param seed with the name, decides everything. */
export function drawHead(seed: number, name: string, tumour: boolean): Head {
  const random = randomFrom(seed, `${name} slices`);
  const healthy = drawSlice(side, seed, name, false);
  const ill = tumour ? drawSlice(side, seed, name, true) : healthy;
  const from = 4 + Math.floor(random() * (slices - 8 - TUMOUR));
  const middle = from + (TUMOUR - 1) / 2;
  const levels = Array.from({ length: slices }, (_, slice) => {
    const height = (2 * (slice + 0.5)) / slices - 1;
    const size = Math.sqrt(1 - (0.75 * height) ** 2);
    const shown = Math.max(0, Math.min(1, (TUMOUR / 2 + 1 - Math.abs(slice - middle)) / 1.5));
    return Uint16Array.from({ length: side * side }, (_, at) => {
      const [x, y] = [at % side, Math.floor(at / side)].map(
        (place) => (place + 0.5 - side / 2) / size + side / 2,
      );
      const level = (1 - shown) * sampled(healthy, x!, y!) + shown * sampled(ill, x!, y!);
      return Math.max(0, Math.min(4095, Math.round(16 * level + 40 * (random() - 0.5))));
    });
  });
  return { levels, from, to: from + TUMOUR };
}

/** Between the pixels; 0 outside. */
function sampled(pixels: Uint8Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [fx, fy] = [x - 0.5 - left, y - 0.5 - top];
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= side || row >= side ? 0 : pixels[row * side + column]!;
  return (
    (1 - fy) * ((1 - fx) * at(left, top) + fx * at(left + 1, top)) +
    fy * ((1 - fx) * at(left, top + 1) + fx * at(left + 1, top + 1))
  );
}

/** Twelve bits of sixteen with the window of the scanner, as MR files have them. */
const dicom = (levels: readonly Uint16Array[], more: Elements): Buffer =>
  file(
    '1.2.840.10008.1.2.1',
    picture(
      { rows: side, columns: side, stored: 12, ...(levels.length > 1 && { frames: levels.length }) },
      words(levels.flatMap((slice) => [...slice])),
      { '00080070 LO': 'Made Up', '00281050 DS': '2048', '00281051 DS': '4096', ...more },
    ),
    explicitLittle,
  );

const seriesOf = (patient: string): string =>
  `1.2.826.0.1.3680043.2.1125.9.${[...patient].map((letter) => letter.charCodeAt(0)).join('')}`.slice(0, 64);

/** A DICOM file with a frame a slice. */
export const framesFile = (levels: readonly Uint16Array[], patient: string): Buffer =>
  dicom(levels, { '00100020 LO': patient, '0020000E UI': seriesOf(patient) });

/** A DICOM file a slice, as most scanners write a series. */
export const seriesFiles = (levels: readonly Uint16Array[], patient: string): Buffer[] =>
  levels.map((slice, at) =>
    dicom([slice], {
      '00100020 LO': patient,
      '00180050 DS': '5',
      '0020000E UI': seriesOf(patient),
      '00200013 IS': String(at + 1),
      '00200032 DS': `-112\\-112\\${at * 6}`,
      '00200037 DS': '1\\0\\0\\0\\1\\0',
      '00280030 DS': '1.75\\1.75',
    }),
  );

/** A folder for each class, a DICOM file a head: the slices with the tumour, or those where it would be. */
export function writeHeads(folder: string, perClass: number, seed: number): void {
  for (const name of ['Tumour', 'Healthy']) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let number = 1; number <= perClass; number += 1) {
      const patient = `${name} ${number}`;
      const { levels, from, to } = drawHead(seed, patient, name === 'Tumour');
      writeFileSync(
        path.join(folder, name, `head-${number}.dcm`),
        framesFile(levels.slice(from, to), patient),
      );
    }
  }
}
