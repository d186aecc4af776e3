import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { explicitLittle, file, picture, words, type Elements } from '../images/dicom/dicom-fixtures.ts';
import { niftiFile } from '../images/nifti/nifti-fixtures.ts';

/** Scans as hospitals store them: synthetic pictures in DICOM files and NIfTI volumes, with headers as scanners write them. */

const uncompressed = '1.2.840.10008.1.2.1';
/** Falx has no decoder for this. */
const mpeg2 = '1.2.840.10008.1.2.4.100';
const side = 128;

/** Patients of each class, and slices of each patient. */
export const clinic = { patients: 4, slices: 3, frames: 3 };

/**
 * A folder for each class, with one for each patient; every second patient's files have no extension. In addition: two
 * with annotations in the pixels, one of them certainly; a multi-frame file; a film, a truncated file, a report.
 */
export function writeClinic(folder: string): void {
  for (const name of ['Tumour', 'Healthy'])
    for (let patient = 1; patient <= clinic.patients; patient += 1)
      for (let slice = 1; slice <= clinic.slices; slice += 1) {
        const ending = patient % 2 === 0 ? '' : '.dcm';
        const own = `${name.toLowerCase()}-${patient}-${slice}`;
        const more = {
          ...headOf(numberOf(name, patient), slice),
          ...(own === 'tumour-3-1' && { '00280301 CS': 'YES' }),
          ...(own === 'healthy-1-2' && { '00080060 CS': 'OT', '00080064 CS': 'WSD' }),
        };
        put(folder, `${name}/P${patient}/IM${slice}${ending}`, dicom(grey(own, name === 'Tumour'), more));
      }
  const frames = Array.from({ length: clinic.frames }, (_, frame) => grey(`frames-${frame}`, false)).flat();
  put(folder, 'Healthy/frames.dcm', dicom(frames, headOf(numberOf('Healthy', 9), 1), clinic.frames));
  const film = dicom(grey('film', true), headOf(numberOf('Tumour', 1), 9), undefined, mpeg2);
  put(folder, 'Tumour/P1/film.dcm', film);
  const whole = dicom(grey('cut', false), headOf(numberOf('Healthy', 1), 9));
  put(folder, 'Healthy/P1/cut.dcm', whole.subarray(0, whole.length / 2));
  put(folder, 'Healthy/P1/report.dcm', file(uncompressed, { '00080016 UI': report, '00080060 CS': 'SR' }));
}

const report = '1.2.840.10008.5.1.4.1.1.88.11';

const numberOf = (name: string, patient: number): number => (name === 'Tumour' ? 41_000 : 52_000) + patient;

/** Identity, position and acquisition of a slice. */
const headOf = (patient: number, slice: number): Elements => {
  const study = `1.2.826.0.1.3680043.2.1125.${patient}`;
  return {
    '00080070 LO': 'Made Up',
    '00100010 PN': 'Doe^Jane',
    '00100020 LO': `MRN-${patient}`,
    '00180050 DS': '5',
    '00180080 DS': '2100',
    '00180081 DS': '12.5',
    '00180087 DS': '1.5',
    '0020000D UI': study,
    '0020000E UI': `${study}.1`,
    '00200013 IS': String(slice),
    '00200032 DS': `-64\\-64\\${slice * 6}`,
    '00200037 DS': '1\\0\\0\\0\\1\\0',
    '00280030 DS': '1.75\\1.75',
  };
};

const grey = (name: string, tumour: boolean): number[] => [...drawSlice(side, 7, name, tumour)];

/** 12 bits stored in 16, as scanners do. */
const dicom = (levels: number[], more: Elements, frames?: number, syntax = uncompressed): Buffer =>
  file(
    syntax,
    picture(
      { rows: side, columns: side, stored: 12, ...(frames !== undefined && { frames }) },
      words(levels.map((level) => level * 16)),
      more,
    ),
    explicitLittle,
  );

/** A folder for each class with this many compressed volumes, each a head of 34 slices. */
export function writeVolumes(folder: string, perClass: number): void {
  for (const name of ['Tumour', 'Healthy'])
    for (let number = 1; number <= perClass; number += 1) {
      const levels = drawSlice(96, 7, `volume ${name} ${number}`, name === 'Tumour');
      put(
        folder,
        `${name}/head-${number}.nii.gz`,
        gzipSync(niftiFile({ size: [96, 96, 34], data: headOver(levels) })),
      );
    }
}

/** Something dropped by mistake: a colour photograph. */
export async function writePhotograph(file: string): Promise<void> {
  const [width, height] = [480, 360];
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
    const plate = Math.hypot(x - 0.5, (y - 0.5) * 0.75) < 0.32;
    const food = Math.hypot(x - 0.45, (y - 0.5) * 0.75) < 0.2;
    const grain = 24 * Math.sin(70 * x) * Math.cos(90 * y);
    const colour = food ? [200, 90, 40] : plate ? [225, 225, 235] : [120, 80, 45];
    colour.forEach((level, c) => (pixels[3 * at + c] = Math.max(0, Math.min(255, level + grain))));
  }
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toFile(file);
}

/** The same picture in every slice, masked by a ball. */
function headOver(levels: Uint8Array): Buffer {
  const [width, slices] = [96, 34];
  const data = Buffer.alloc(width * width * slices);
  for (let slice = 0; slice < slices; slice += 1) {
    const radius = Math.sqrt(1 - ((2 * (slice + 0.5)) / slices - 1) ** 2);
    for (let at = 0; at < width * width; at += 1) {
      const [x, y] = [(2 * (at % width)) / width - 1, (2 * Math.floor(at / width)) / width - 1];
      if (Math.hypot(x, y) <= radius) data[slice * width * width + at] = levels[at]!;
    }
  }
  return data;
}

function put(folder: string, name: string, content: Buffer): void {
  const place = path.join(folder, name);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
}
