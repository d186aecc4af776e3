import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import { looksOutside } from '../../src-main/contract/maps.ts';
import { headInside, outsideOfCells } from '../../src-main/images/head-outline.ts';
import { textStrip } from '../../src-main/documents/text-strip.ts';
import { OVERLAY_SIDE, overlayPng } from '../../src-main/images/overlay.ts';
import { squareIn } from '../../src-main/images/pixels.ts';
import { outsideHead } from '../../src-main/predict/scan-maps.ts';
import { enlargedMap, mapColour, mapPicture } from '../../src-main/statistics/map-picture.ts';

const side = 96;

/** A head on black, brighter at its rim, with a dark hole in it and text beside it; uint8 [side, side, 3]. */
function head({ writing = true } = {}): Uint8Array {
  const pixels = new Uint8Array(side * side * 3);
  const set = (x: number, y: number, grey: number) =>
    pixels.fill(grey, 3 * (y * side + x), 3 * (y * side + x) + 3);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const far = Math.hypot((x - 48) / 24, (y - 48) / 32);
      if (far <= 1) set(x, y, far > 0.9 ? 220 : far < 0.2 ? 0 : 120);
    }
  if (writing) for (let x = 4; x < 20; x += 1) for (let y = 4; y < 8; y += 1) set(x, y, 255);
  return pixels;
}

describe('the outline of a head', () => {
  const inside = headInside(head(), side)!;

  it('encloses what is dark within it, and not the writing beside it', () => {
    expect(inside[48 * side + 48]).toBe(1);
    expect(inside[6 * side + 10]).toBe(0);
    // The ellipse has π · 24 · 32 pixels.
    const area = inside.reduce((sum, one) => sum + one, 0);
    expect(area / (Math.PI * 24 * 32)).toBeCloseTo(1, 1);
  });

  it('is not reported where nothing is unusual', () => {
    expect(headInside(new Uint8Array(side * side * 3).fill(90), side)).toBeNull();
  });

  it('leaves cells of a map outside it wholly, partly or not at all', () => {
    const cells = outsideOfCells(inside, side, { height: 3, width: 3, cell: 32 });
    expect(cells[0]).toBeGreaterThan(0.9);
    expect(cells[4]).toBe(0);
    // Left of the middle: the head begins at 24 of 0 … 31, and is at most 24 wide there.
    expect(cells[3]).toBeGreaterThan(0.7);
    expect(cells[3]).toBeLessThan(0.9);
  });
});

test('a map on the head lies inside it, one in the corner outside, and that is warned of', () => {
  const share = (hot: number) => {
    const values = new Float32Array(9).fill(-1); // evidence against the class is ignored
    values[hot] = 2;
    return outsideHead(head(), side, { height: 3, width: 3, values, cell: 32 })!;
  };
  expect(share(4).share).toBe(0);
  expect(looksOutside({ outside: share(4) })).toBe(false);
  expect(share(0).share).toBeGreaterThan(0.9);
  expect(looksOutside({ outside: share(0) })).toBe(true);
  // A uniform map is outside the head to the same extent as the picture.
  const all = new Float32Array(9).fill(1);
  const even = outsideHead(head(), side, { height: 3, width: 3, values: all, cell: 32 })!;
  expect(even.share).toBeCloseTo(even.even, 6);
  const nothing = new Float32Array(9);
  expect(outsideHead(head(), side, { height: 3, width: 3, values: nothing, cell: 32 })).toBeNull();
});

test('an enlarged map keeps its values in the middle of its cells and goes straight between them', () => {
  const made = enlargedMap([0, 1, 2, 3], { height: 2, width: 2 }, 4);
  // Centres of the cells lie at ½ and 2½ of four pixels, whose own lie at 0, 1, 2, 3.
  expect([...made.slice(0, 4)]).toEqual([0, 0.25, 0.75, 1]);
  expect(made[15]).toBe(3);
});

test('colours get lighter with the evidence, and what speaks against the class is clear', () => {
  const light = (t: number) => {
    const [red, green, blue] = mapColour(t);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const steps = Array.from({ length: 21 }, (_, i) => light(i / 20));
  expect(steps.every((value, i) => i === 0 || value > steps[i - 1]!)).toBe(true);
  const rgba = mapPicture([-5, 1], { height: 1, width: 2 }, 2);
  expect(rgba[3]).toBe(0);
  expect([...rgba.slice(4, 8)]).toEqual([...mapColour(1), 255]);
});

test.each([
  ['pad', { left: 0, top: -0.5, width: 1, height: 2 }],
  ['stretch', { left: 0, top: 0, width: 1, height: 1 }],
] as const)('%s says where the square lies in a picture twice as wide as high', async (canvas, wanted) => {
  const picture = { width: 64, height: 32, pixels: new Uint8Array(64 * 32 * 3) };
  const { placed } = await squareIn(picture, { version: 2, imageSize: 32, canvas, crop: 'none' });
  expect(placed).toEqual(wanted);
});

test('a map’s picture has the scan, the map over it, and light letters below, Hangul too', async () => {
  const rgba = mapPicture([1], { height: 1, width: 1 }, 8);
  const drawn = async (lines: string[]) => {
    const strip = textStrip(lines, OVERLAY_SIDE);
    const png = await overlayPng(head(), side, { rgba, side: 8 }, 1, strip);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 512, height: 512 + strip.height, channels: 3 });
    expect([...data.subarray(3 * (256 * 512 + 256), 3 * (256 * 512 + 256) + 3)]).toEqual(mapColour(1));
    return data.subarray(3 * 512 * 512).filter((value) => value > 120).length;
  };
  const one = await drawn(['Research use only.', 'CAM: ']);
  expect(one).toBeGreaterThan(500);
  expect(await drawn(['Research use only.', 'CAM: 종양'])).toBeGreaterThan(one + 100);
});

test('a line that is too long for a map’s picture is written smaller, to its end', async () => {
  const { svg, height } = textStrip(['x'.repeat(300)], OVERLAY_SIDE);
  const { data } = await sharp(svg).removeAlpha().greyscale().raw().toBuffer({ resolveWithObject: true });
  const lit = (x: number) => Array.from({ length: height }, (_, y) => data[y * OVERLAY_SIDE + x]!);
  expect(Math.max(...[500, 501, 502, 503, 504, 505].flatMap(lit))).toBeGreaterThan(60);
  expect(Math.max(...[508, 509, 510, 511].flatMap(lit))).toBe(0);
});
