import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { change } from '../../src-main/check/change.ts';
import { signaturesOf, twinAmong, type KnownViews } from '../../src-main/check/one-twin.ts';
import { SIGNATURE } from '../../src-main/check/signature.ts';
import { SQUARE } from '../../src-main/images/derivatives.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';

const SIDE = 160;
const scan = (number: number): Sharp =>
  sharp(Buffer.from(drawSlice(SIDE, 3, `scan ${number}`, number % 2 === 0)), {
    raw: { width: SIDE, height: SIDE, channels: 1 },
  });
const greyOf = async (image: Sharp): Promise<Uint8Array> => {
  const whole = await image.png().toBuffer();
  return new Uint8Array(
    await sharp(whole).greyscale().resize(SQUARE, SQUARE, { fit: 'fill' }).raw().toBuffer(),
  );
};

describe('the twin of a new picture among known ones', () => {
  const greys: Uint8Array[] = [];
  let known: KnownViews;
  beforeAll(async () => {
    for (let number = 0; number < 12; number += 1) greys.push(await greyOf(scan(number)));
    const views = greys.flatMap((grey, owner) =>
      signaturesOf(grey).map((signature) => ({ owner, signature })),
    );
    const signatures = new Float32Array(views.length * SIGNATURE);
    views.forEach(({ signature }, i) => signatures.set(signature, i * SIGNATURE));
    known = { signatures, owners: views.map(({ owner }) => owner) };
  });
  const twinOf = async (image: Sharp) =>
    twinAmong(await greyOf(image), known, (owner) => Promise.resolve(greys[owner]!));

  test.each<[string, (image: Sharp) => Sharp, boolean]>([
    ['as it is', (image) => image, false],
    ['flipped', (image) => image.flop(), true],
    ['saved anew, smaller', (image) => image.resize(110), false],
    ['brighter', (image) => image.linear(1.1, 6), false],
  ])('is found %s', async (_, alter, mirrored) => {
    const twin = await twinOf(alter(scan(5)));
    expect(twin?.owner).toBe(5);
    expect(change(twin!.fit.affine).mirrored).toBe(mirrored);
  });

  test('is none of another scan, nor where the known one is gone', async () => {
    expect(await twinOf(scan(40))).toBeNull();
    expect(await twinAmong(greys[5]!, { ...known }, () => Promise.resolve(null))).toBeNull();
  });

  test('looks at a known picture once, however many are asked about', async () => {
    const asked: number[] = [];
    const own = { ...known };
    const ask = (grey: Uint8Array) =>
      twinAmong(grey, own, (owner) => {
        asked.push(owner);
        return Promise.resolve(greys[owner]!);
      });
    const first = await ask(await greyOf(scan(5).flop()));
    expect(asked).toContain(5);
    expect(await ask(await greyOf(scan(5).flop()))).toEqual(first);
    for (const number of [4, 5, 6, 7, 40]) await ask(await greyOf(scan(number)));
    expect(asked).toEqual([...new Set(asked)]);
  });

  test('asks again for one that was gone', async () => {
    const own = { ...known };
    const grey = greys[5]!;
    expect(await twinAmong(grey, own, () => Promise.resolve(null))).toBeNull();
    expect((await twinAmong(grey, own, (owner) => Promise.resolve(greys[owner]!)))?.owner).toBe(5);
  });
});
