import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  pictureCalled,
  pictureName,
  pictureNamed,
  picturesIn,
  readPicture,
  type Scan,
  type ScanOptions,
} from '../../src-main/images/scan.ts';
import { percentileWindow } from '../../src-main/images/window.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { explicitLittle, file as dicomFile, picture as dicomPicture, words } from './dicom/dicom-fixtures.ts';
import { niftiFile } from './nifti/nifti-fixtures.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-scan-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: Buffer) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
};

async function read(name: string, options: Partial<ScanOptions> = {}): Promise<Scan[]> {
  const pictures: Scan[] = [];
  for await (const picture of picturesIn(path.join(folder, name), name, { salt: 'x', ...options }))
    pictures.push(picture);
  return pictures;
}

const again = (name: string, { frame, sha256 }: Pick<Scan, 'frame' | 'sha256'>) =>
  readPicture(folder, { file: pictureName(name, frame), frame, sha256 });

const EXPLICIT = '1.2.840.10008.1.2.1';

/** An axial slice of a synthetic head at height `z` mm; its rows run to the patient's left, its columns to the back. */
function slice(z: number, values: number[]): Buffer {
  const elements = dicomPicture({ rows: 8, columns: 6 }, words(values), {
    '0020000E UI': '1.2.3',
    '00200032 DS': `10\\20\\${z}`,
    '00200037 DS': '1\\0\\0\\0\\1\\0',
    '00280030 DS': '1\\1',
  });
  return dicomFile(EXPLICIT, elements, explicitLittle);
}

/** Of the voxel at column i and row j of slice k. */
const value = (i: number, j: number, k: number) => 10 + 7 * i + 13 * j + 29 * k;
const sliceValues = (k: number) =>
  Array.from({ length: 48 }, (_, index) => value(index % 6, Math.floor(index / 6), k));

describe('a plain image', () => {
  test('is one picture, whose hash is the file’s', async () => {
    const png = await sharp({ create: { width: 5, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    write('plain.png', png);
    const [picture, ...others] = await read('plain.png');
    expect(others).toEqual([]);
    expect(picture).toMatchObject({ frame: null, sha256: sha256Of(png), bytes: png.length, patient: null });
    expect(Buffer.compare((await again('plain.png', picture!)).pixels, picture!.pixels)).toBe(0);
    write('plain.png', Buffer.concat([png, Buffer.alloc(1)]));
    await expect(again('plain.png', picture!)).rejects.toMatchObject({
      code: 'unreadable-file',
      facts: { changed: true, why: 'pictureChanged' },
    });
  });

  test('that can’t be decoded tells the hash it had', async () => {
    write('text.png', Buffer.from('no picture'));
    await expect(read('text.png')).rejects.toMatchObject({ facts: { sha256: sha256Of('no picture') } });
  });
});

describe('a slice of a volume', () => {
  test('is read again as it was, and hashed by its file and its place', async () => {
    const content = niftiFile({ size: [8, 9, 4] });
    write('volume.nii', content);
    const pictures = await read('volume.nii', { plane: 'sagittal' });
    expect(pictures.length).toBeGreaterThan(2);
    for (const picture of pictures) {
      expect(picture.sha256).toBe(sha256Of(`${sha256Of(content)}#${picture.frame}`));
      expect(Buffer.compare((await again('volume.nii', picture)).pixels, picture.pixels)).toBe(0);
    }
    const name = path.join(folder, `volume.nii#${pictures[1]!.frame}`);
    expect(pictureNamed(name)).toEqual({ file: name, frame: pictures[1]!.frame });
    const called = await pictureCalled(name, pictures[1]!.frame!, 'file');
    expect(called.sha256).toBe(pictures[1]!.sha256);
    await expect(pictureCalled(`${folder}/volume.nii#axial:4`, 'axial:4', 'file')).rejects.toMatchObject({
      message: expect.stringMatching(/has no picture axial:4/) as string,
    });
  });

  test('is not taken for that of another file that came in its place', async () => {
    write('changing.nii', niftiFile({ size: [8, 9, 4] }));
    const [picture] = await read('changing.nii');
    await again('changing.nii', picture!);
    write('changing.nii', niftiFile({ size: [8, 9, 5] }));
    utimesSync(path.join(folder, 'changing.nii'), 1, 1);
    await expect(again('changing.nii', picture!)).rejects.toMatchObject({ facts: { changed: true } });
    write('changing.nii', Buffer.from('no volume any more'));
    await expect(again('changing.nii', picture!)).rejects.toMatchObject({ code: 'unsupported-format' });
  });

  test('is not looked for in a file that has its whole name', () => {
    write('scan#3', Buffer.alloc(1));
    const name = path.join(folder, 'scan#3');
    expect(pictureNamed(name)).toEqual({ file: name, frame: null });
    expect(pictureNamed(`${name}#3`)).toEqual({ file: `${name}#3`, frame: '3' });
    expect(pictureNamed('scan#coronal:12.png').frame).toBeNull();
  });
});

describe('a DICOM file', () => {
  test('with several frames has a picture of each, and all of one patient', async () => {
    const elements = dicomPicture({ rows: 8, columns: 6, frames: 3 }, words([0, 1, 2].flatMap(sliceValues)), {
      '00100020 LO': 'A-17',
    });
    write('frames.dcm', dicomFile(EXPLICIT, elements, explicitLittle));
    const pictures = await read('frames.dcm');
    expect(pictures.map(({ frame }) => frame)).toEqual(['1', '2', '3']);
    expect(new Set(pictures.map(({ patient }) => patient)).size).toBe(1);
    expect(JSON.stringify(pictures.map(({ facts }) => facts))).not.toContain('A-17');
    for (const picture of pictures)
      expect(Buffer.compare((await again('frames.dcm', picture)).pixels, picture.pixels)).toBe(0);
    expect((await read('frames.dcm', { slices: 1 })).map(({ frame }) => frame)).toEqual(['2']);
  });

  test('whose preamble looks like another format is DICOM', async () => {
    const content = slice(0, sliceValues(0));
    content.write('II*\0', 0, 'latin1');
    write('double.tif', content);
    expect((await read('double.tif'))[0]).toMatchObject({ format: 'dicom', width: 6, height: 8 });
  });
});

describe('a DICOM series', () => {
  const names = ['c', 'a', 'e', 'b', 'd']; // not in the order of their positions
  const series = (at: string) =>
    names.forEach((name, k) => write(`${at}/${name}.dcm`, slice(2 * k, sliceValues(k))));

  test('gives each file as it was acquired unless another plane is asked for', async () => {
    series('series');
    for (const plane of [undefined, 'axial'] as const) {
      const [picture] = await read('series/b.dcm', { plane });
      expect(picture).toMatchObject({ frame: null, width: 6, height: 8, format: 'dicom' });
    }
  });

  test('is cut along another by its first file, and the others give nothing', async () => {
    series('cut');
    const all = await Promise.all(names.map((name) => read(`cut/${name}.dcm`, { plane: 'coronal' })));
    const pictures = all[names.indexOf('a')]!;
    expect(all.map((some) => some.length)).toEqual([0, pictures.length, 0, 0, 0]);
    // 6 columns of 1 mm; 5 slices 2 mm apart become 10 rows.
    expect(pictures[0]).toMatchObject({ width: 6, height: 10, format: 'dicom', facts: { plane: 'coronal' } });
    const { low, high } = percentileWindow([0, 1, 2, 3, 4].flatMap(sliceValues));
    const level = (voxel: number) =>
      Math.max(0, Math.min(255, Math.round(((voxel - low) * 255) / (high - low))));
    for (const picture of pictures) {
      expect(Buffer.compare((await again('cut/a.dcm', picture)).pixels, picture.pixels)).toBe(0);
      // Columns count to the patient's left, as the picture's; rows to the back, slices of the volume to the front.
      const row = 7 - Number(picture.frame!.split(':')[1]);
      for (let column = 0; column < 6; column += 1) {
        expect(picture.pixels[3 * column]).toBe(level(value(column, row, 4))); // the topmost
        expect(picture.pixels[3 * (9 * 6 + column)]).toBe(level(value(column, row, 0)));
      }
    }
  });

  test.each([
    ['too few slices', 'few', [0, 2], /2 slices here, and a volume needs 3/],
    ['a gap', 'gap', [0, 2, 4, 6, 20], /2\.0 to 14\.0 mm apart, so some are missing/],
  ])('with %s makes no volume', async (_, at, places, message) => {
    places.forEach((z, k) => write(`${at}/${names[k]}.dcm`, slice(z, sliceValues(k))));
    await expect(read(`${at}/a.dcm`, { plane: 'sagittal' })).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(message) as string,
    });
  });
});
