import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Affine } from '../../src-main/check/affine.ts';
import { align, isLikelyTwin, isUncoveredTwin, type Fit } from '../../src-main/check/align.ts';
import { SQUARE, VIEW, viewsOf, widerViewsOf, type View } from '../../src-main/check/head.ts';
import { limited, limitOf } from '../../src-main/check/limited.ts';
import { nearFit, type Near } from '../../src-main/check/near-fit.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { withoutStrokes } from '../../src-main/check/strokes.ts';
import { uncovered } from '../../src-main/check/uncovered.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';

const SIDE = 320;
const scan = (number: number): Sharp =>
  sharp(Buffer.from(drawSlice(SIDE, 3, `scan ${number}`, number % 2 === 0)), {
    raw: { width: SIDE, height: SIDE, channels: 1 },
  });
const greyOf = async (image: Sharp): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp(await image.png().toBuffer())
      .greyscale()
      .resize(SQUARE, SQUARE, { fit: 'fill' })
      .raw()
      .toBuffer(),
  );
const over = (image: Sharp, svg: string, blend: 'over' | 'lighten' = 'over'): Sharp =>
  image.toColourspace('srgb').composite([
    {
      input: Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">${svg}</svg>`,
      ),
      blend,
    },
  ]);
/** In the middle of a frame three times as wide. */
const small = async (image: Sharp): Promise<Sharp> =>
  sharp(
    await image
      .resize(Math.round(SIDE / 3))
      .extend({ top: 107, bottom: 106, left: 107, right: 106, background: 'black' })
      .png()
      .toBuffer(),
  );

const texts = Array.from(
  { length: 6 },
  (_, row) =>
    `<text x="2" y="${(row + 1) * 22}" font-family="sans-serif" font-size="19" fill="white">2019-04-11 10:32 SIEMENS Skyra</text>`,
).join('');
const bar = '<rect x="40" y="304" width="240" height="3" fill="white"/>';
/** A field of view with slanted sides, brighter than its surroundings. */
const field = '<path d="M20 0 L300 0 L318 320 L2 320 Z" fill="rgb(30,30,30)"/>';

const nearOf = (view: View): Near => {
  const limit = limitOf(view);
  return {
    isInner: view.isInner ?? false,
    limited: new Pyramid(limited(view, limit)),
    limit,
    asItIs: () => new Pyramid(view),
  };
};

/** How two views align, unmodified. */
const plainFit = (mine: View, its: View): Fit | null => {
  const [one, other] = [new Pyramid(mine), new Pyramid(its)];
  const fit = align(one, other) ?? align(other, one);
  return fit && isLikelyTwin(fit) ? fit : null;
};

/** Whether two pictures have similar views. */
const isFound = (
  one: readonly View[],
  other: readonly View[],
  fitOf = (mine: View, its: View) => nearFit(nearOf(mine), nearOf(its)),
): boolean => one.some((mine) => other.some((its) => fitOf(mine, its) !== null));

describe('the wider views of a picture', () => {
  test.each<[string, () => Promise<Uint8Array>, () => Promise<Uint8Array>]>([
    ['with lines of text across the head', () => greyOf(scan(1)), () => greyOf(over(scan(1), texts))],
    [
      'small, with a scale bar below',
      async () => greyOf(await small(scan(1))),
      async () => greyOf(over(await small(scan(1)), bar)),
    ],
    [
      'on a background aslant, padded with white',
      () => greyOf(over(scan(1), field, 'lighten')),
      async () =>
        greyOf(
          sharp(await over(scan(1), field, 'lighten').png().toBuffer()).extend({
            ...{ top: 20, bottom: 60, left: 30, right: 40 },
            background: 'white',
          }),
        ),
    ],
    [
      'small, padded with grey',
      async () => greyOf(await small(scan(1))),
      async () =>
        greyOf(
          sharp(await (await small(scan(1))).png().toBuffer()).extend({
            ...{ top: 10, bottom: 200, left: 10, right: 10 },
            background: 'rgb(120,120,120)',
          }),
        ),
    ],
  ])('lie over those of the same %s', async (_, before, after) => {
    const [plain, marked] = [await before(), await after()];
    expect(isFound(viewsOf(plain), viewsOf(marked), plainFit)).toBe(false);
    expect(isFound(widerViewsOf(plain), widerViewsOf(marked))).toBe(true);
  });

  test('do not lie over those of another scan', async () => {
    const others = await Promise.all(
      [3, 5, 7].map(async (number) => widerViewsOf(await greyOf(over(scan(number), texts)))),
    );
    const mine = widerViewsOf(await greyOf(over(scan(1), texts)));
    expect(others.map((its) => isFound(mine, its))).toEqual([false, false, false]);
  });

  // The most similar sample scans: without their skulls, whose outlines are open, as they are.
  test.each([
    [7, 'healthy-0052', 'healthy-0008'],
    [5, 'healthy-0248', 'healthy-0302'],
    [7, 'healthy-0194', 'healthy-0236'],
    [5, 'tumour-0137', 'tumour-0191'],
  ])('do not lie over those of another drawn head: of seed %i, %s and %s', async (seed, ...names) => {
    const [mine, its] = await Promise.all(
      names.map((name) => {
        const raw = { width: 192, height: 192, channels: 1 } as const;
        return greyOf(
          sharp(Buffer.from(drawSlice(192, seed, name, name.startsWith('tumour'))), { raw }),
        ).then(widerViewsOf);
      }),
    );
    expect(isFound(mine!, its!)).toBe(false);
    expect(isFound(its!, mine!)).toBe(false);
  });

  test('begin with those it has anyway, and are two more at most', async () => {
    for (const grey of [await greyOf(scan(1)), await greyOf(over(scan(1), texts))]) {
      const [views, wider] = [viewsOf(grey), widerViewsOf(grey)];
      expect(wider.slice(0, views.length)).toEqual(views);
      expect(wider.length).toBeLessThanOrEqual(views.length + 2);
      expect(wider.slice(views.length).filter(({ isInner }) => !isInner)).toEqual([]);
    }
    expect(widerViewsOf(new Uint8Array(SQUARE * SQUARE))).toEqual([]);
  });
});

describe('two heads, compared where nothing lies over them', () => {
  const headOf = async (image: Sharp): Promise<View> => viewsOf(await greyOf(image))[0]!;
  const viewOf = async (image: Sharp) => new Pyramid(await headOf(image));
  /** Across the head, away from its edges: both views are in the same place. */
  const across = [118, 196]
    .map(
      (y) =>
        `<text x="60" y="${y}" font-family="sans-serif" font-size="14" fill="white">2019-04-11 10:32 Skyra</text>`,
    )
    .join('');

  test('agree as well as before text lay across one, which they do not as they are', async () => {
    const [plain, written] = [await viewOf(scan(1)), await viewOf(over(scan(1), across))];
    const fit = align(plain, written, 'covered')!;
    expect(isLikelyTwin(fit)).toBe(false);
    const open = uncovered(plain, written, fit);
    expect(isUncoveredTwin(open)).toBe(true);
    expect(open.affine).toEqual(fit.affine);
    const [before, after] = [await headOf(scan(1)), await headOf(over(scan(1), across))];
    expect(nearFit(nearOf(before), nearOf(after))).not.toBeNull();
  });

  /** A dark head, and the same with rows of the brightest possible letters over a part of it. */
  const darkHead = async (number: number): Promise<View> => {
    const { pixels, box } = await headOf(scan(number));
    return { pixels: pixels.map((value) => value / 3), box };
  };
  const lettered = ({ pixels, box }: View): View => ({
    pixels: pixels.map((value, at) => {
      const [x, y] = [at % VIEW, Math.floor(at / VIEW)];
      const isLetter = x > 26 && y > 33 && y < 50 && y % 6 < 4 && (x + (y >> 1)) % 3 > 0;
      return isLetter ? 255 : value;
    }),
    box,
  });

  test('agree under bright letters on a dark head, with which they do not lie over each other as they are', async () => {
    const before = await darkHead(1);
    const after = lettered(before);
    const [plain, written] = [new Pyramid(before), new Pyramid(after)];
    expect(align(plain, written, 'covered') ?? align(written, plain, 'covered')).toBeNull();
    expect(nearFit(nearOf(before), nearOf(after))).not.toBeNull();
    expect(nearFit(nearOf(after), nearOf(before))).not.toBeNull();
    const others = await Promise.all([3, 5, 7].map(darkHead));
    for (const other of others) {
      expect(nearFit(nearOf(before), nearOf(lettered(other)))).toBeNull();
      expect(nearFit(nearOf(after), nearOf(other))).toBeNull();
    }
  });

  test('do not agree where they are two, laid over each other as well as they will', async () => {
    const views = await Promise.all([1, 3, 5, 7, 9, 11, 13, 15].map((number) => viewOf(scan(number))));
    const straight: Affine = [1, 0, 0, 0, 1, 0];
    const details = views.flatMap((one, i) =>
      views.slice(i + 1).map((other) => {
        const fit = { affine: straight, grey: 1, detail: 1, weakest: 1, overlap: 1 };
        return uncovered(one, other, align(one, other, 'covered') ?? fit).detail;
      }),
    );
    expect(Math.max(...details)).toBeLessThan(0.96);
  });

  test('do not agree by what is black around them, where they are small', async () => {
    const frames = await Promise.all(
      [1, 3, 5, 7, 9].map(async (number) => {
        const head = await scan(number).resize(160).png().toBuffer();
        const around = { top: 80, bottom: 80, left: 80, right: 80, background: 'black' };
        return new Pyramid(viewsOf(await greyOf(sharp(head).extend(around)))[1]!);
      }),
    );
    const fit = { affine: [1, 0, 0, 0, 1, 0] as Affine, grey: 1, detail: 1, weakest: 1, overlap: 1 };
    const details = frames.flatMap((one, i) =>
      frames.slice(i + 1).map((other) => uncovered(one, other, fit).detail),
    );
    expect(Math.max(...details)).toBeLessThan(0.96);
  });

  test('are told to be alike to the last digit where nothing lies over either', async () => {
    const [one, same] = [await viewOf(scan(1)), await viewOf(scan(1))];
    const open = uncovered(one, same, align(one, same)!);
    expect(open).toMatchObject({ overlap: 1 });
    for (const value of [open.grey, open.detail, open.weakest]) expect(value).toBeCloseTo(1, 6);
  });
});

describe('a limited view', () => {
  /** Rising from left to right up to 111, with a bar of 250 across the middle. */
  const pixels = Uint8Array.from({ length: VIEW * VIEW }, (_, at) => {
    const row = Math.floor(at / VIEW);
    return row >= 26 && row < 30 ? 250 : 2 * (at % VIEW);
  });
  const view: View = { pixels, box: [0, 0, 1, 1] };

  test('has nothing brighter than most of the head, and all else as it is', () => {
    const limit = limitOf(view);
    expect(limit).toBeGreaterThan(70);
    expect(limit).toBeLessThan(100);
    const seen = limited(view, limit);
    expect(Math.max(...seen.pixels)).toBe(limit);
    expect(seen.pixels[10]).toBe(20);
    expect(seen.box).toBe(view.box);
    expect(limited(view, 255)).toBe(view);
  });

  test('keeps a head that lies in much black', () => {
    expect(limitOf({ ...view, pixels: pixels.map((value) => (value === 250 ? 240 : 8)) })).toBe(240);
    expect(limitOf({ ...view, pixels: new Uint8Array(VIEW * VIEW) })).toBe(255);
  });
});

describe('strokes', () => {
  /** Rising from left to right, with a square in it. */
  const ramp = Uint8Array.from({ length: SQUARE * SQUARE }, (_, at) => {
    const [x, y] = [at % SQUARE, Math.floor(at / SQUARE)];
    return Math.abs(x - 40) < 6 && Math.abs(y - 40) < 6 ? 220 : Math.floor(x / 4);
  });

  test('two pixels wide are painted over with what is at both sides, wider ones are left', () => {
    const drawn = ramp.slice();
    for (let y = 0; y < SQUARE; y += 1) drawn.fill(255, y * SQUARE + 100, y * SQUARE + 102);
    drawn.fill(255, 120 * SQUARE, 121 * SQUARE);
    const painted = withoutStrokes(drawn, 40);
    const off = painted.map((value, at) => Math.abs(value - ramp[at]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(3);
    expect(painted[40 * SQUARE + 40]).toBe(220);
  });

  test('that do not stand out are left, and what has none is given back', () => {
    expect(withoutStrokes(ramp, 40)).toBe(ramp);
    const faint = ramp.slice();
    faint.fill(60, 120 * SQUARE, 121 * SQUARE);
    expect(withoutStrokes(faint, 80)).toBe(faint);
  });
});
