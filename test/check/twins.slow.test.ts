import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { inverseOf, orientations, type Affine } from '../../src-main/check/affine.ts';
import { align, isTwin } from '../../src-main/check/align.ts';
import { change } from '../../src-main/check/change.ts';
import { SQUARE, viewsOf } from '../../src-main/check/head.ts';
import { Pictures } from '../../src-main/check/pictures.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { findTwins } from '../../src-main/check/twins.ts';
import { decode } from '../../src-main/images/decode.ts';
import { greySquareOf } from '../../src-main/images/grey-square.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';

const SIDE = 192;
const phantom = (number: number): Sharp =>
  sharp(drawSlice(SIDE, 3, `scan ${number}`, number % 2 === 0), {
    raw: { width: SIDE, height: SIDE, channels: 1 },
  });

/** Steps, each applied to the previous result: sharp would choose their order itself. */
async function after(picture: Sharp, ...steps: ((before: Sharp) => Sharp)[]): Promise<Buffer> {
  let png: Buffer = await picture.png().toBuffer();
  for (const step of steps) png = await step(sharp(png)).toBuffer();
  return png;
}

const greyOf = async (input: Buffer): Promise<Uint8Array> => {
  const { pixels, width, height } = await decode(input, 'made');
  return greySquareOf(pixels, width, height, SQUARE);
};
const headOf = async (input: Buffer): Promise<Pyramid> => new Pyramid(viewsOf(await greyOf(input))[0]!);

const jpeg = (quality: number) => (picture: Sharp) => picture.jpeg({ quality });
const altered: readonly [how: string, steps: ((before: Sharp) => Sharp)[]][] = [
  ['re-encoded', [jpeg(50)]],
  ['mirrored', [(picture) => picture.flop()]],
  ['turned by 90°', [(picture) => picture.rotate(90)]],
  ['mirrored and turned by 270°', [(picture) => picture.flop(), (picture) => picture.rotate(270)]],
  ['rotated by 9°', [(picture) => picture.rotate(9, { background: 'black' })]],
  ['brightened, with less contrast', [(picture) => picture.linear(0.7, 40)]],
  ['resized out of proportion', [(picture) => picture.resize(260, 230, { fit: 'fill' })]],
  [
    'cropped by a tenth',
    [(picture) => picture.extract({ left: 19, top: 0, width: SIDE - 19, height: SIDE - 19 })],
  ],
  [
    'all of it at once',
    [
      (picture) => picture.flip(),
      (picture) => picture.rotate(-6, { background: 'black' }),
      (picture) => picture.resize(150, 150, { fit: 'fill' }),
      (picture) => picture.linear(1.15, 10),
      jpeg(70),
    ],
  ],
];

describe('twins', () => {
  test.each(altered)('are found when one is %s', async (_, steps) => {
    for (const number of [1, 2, 3]) {
      const [one, other] = [await after(phantom(number)), await after(phantom(number), ...steps)];
      const fit = align(await headOf(one), await headOf(other));
      expect(fit).not.toBeNull();
      expect(fit).toSatisfy(isTwin);
    }
  });

  test('are grouped by scan, and no two scans are called twins', async () => {
    const pictures = new Pictures();
    const scans = 14;
    for (let scan = 0; scan < scans; scan += 1) {
      const versions = [[], altered[scan % altered.length]![1], altered[(scan + 4) % altered.length]![1]];
      for (const steps of versions) {
        const id = pictures.copies.length;
        pictures.add(id, String(id), await greyOf(await after(phantom(scan), ...steps)));
      }
    }
    const { groups, compared } = await findTwins(pictures);
    expect(await findTwins(pictures, { threads: 2 })).toEqual({ groups, compared });
    const scanOf = (id: number) => Math.floor(id / 3);
    let [together, strangers] = [0, 0];
    for (const { first, others } of groups)
      for (const { id } of others) {
        if (scanOf(id) === scanOf(first)) together += 1;
        else strangers += 1;
      }
    expect(strangers).toBe(0);
    expect(together / (2 * scans)).toBeGreaterThanOrEqual(0.97);
    // This many for each, whatever their number.
    expect(compared).toBeLessThan(10 * 3 * scans);
  });

  test('that are the same file are found whatever is in it, the nothing of a black picture included', async () => {
    const black = new Uint8Array(SQUARE * SQUARE);
    expect(viewsOf(black)).toEqual([]);
    const pictures = new Pictures();
    pictures.add(1, 'a', black);
    pictures.add(2, 'b', black);
    pictures.add(3, 'a', black);
    expect((await findTwins(pictures)).groups).toEqual([{ first: 1, others: [{ id: 3, fit: null }] }]);
  });
});

describe('a search on threads', () => {
  const pictures = new Pictures();
  for (let id = 0; id < 12; id += 1) pictures.add(id, String(id), drawSlice(SQUARE, 4, `scan ${id}`, false));

  test('ends when it is told to stop', async () => {
    let pauses = 0;
    const pause = () => ((pauses += 1) > 2 ? Promise.reject(new Error('stopped')) : Promise.resolve());
    await expect(findTwins(pictures, { threads: 2, pause })).rejects.toThrow('stopped');
  });

  test('says how far it is, never less than before', async () => {
    const told: number[] = [];
    const { groups } = await findTwins(pictures, { threads: 2, onProgress: (done) => told.push(done) });
    expect(groups).toEqual([]);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(12);
  });
});

describe('what makes one picture of the other', () => {
  test.each([
    ['mirrored', altered[1]![1], { mirrored: true, turned: 0 }],
    ['turned by 90°', altered[2]![1], { mirrored: false, turned: 90 }],
    ['mirrored and turned', altered[3]![1], { mirrored: true, turned: 270 }],
    ['rotated', altered[4]![1], { mirrored: false, turned: 0 }],
  ])('is told when it was %s', async (_, steps, expected) => {
    const [one, other] = [
      await headOf(await after(phantom(5))),
      await headOf(await after(phantom(5), ...steps)),
    ];
    const told = change(align(one, other)!.affine);
    expect(told).toMatchObject(expected);
    expect(Math.abs(told.rotated - (expected.turned === 0 && !expected.mirrored ? 9 : 0))).toBeLessThan(3);
  });

  test('is undone by the inverse of a map', () => {
    const moved = ([a, b, c, d, e, f]: Affine, x: number, y: number) =>
      [a * x + b * y + c, d * x + e * y + f] as const;
    const map: Affine = [0.1, -1.1, 0.2, 0.9, 0.05, -0.1];
    const [x, y] = moved(inverseOf(map), ...moved(map, 0.3, -0.7));
    expect(x).toBeCloseTo(0.3, 12);
    expect(y).toBeCloseTo(-0.7, 12);
  });

  test('is one of eight flips and turns', () => {
    const all = new Set(orientations.map((affine) => JSON.stringify(change(affine))));
    expect(all.size).toBe(8);
  });
});
