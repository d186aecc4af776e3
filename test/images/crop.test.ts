import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../src-main/statistics/random.ts';
import type { Picture } from '../../src-main/images/picture.ts';
import { headBox, type Box } from '../../src-main/images/crop.ts';
import { square } from '../../src-main/images/pixels.ts';

interface Drawn {
  width?: number;
  height?: number;
  /** Of the ellipse, pixels. */
  centre?: [number, number];
  radii?: [number, number];
  background?: number;
  head?: number;
  /** Largest amount added to each pixel. */
  noise?: number;
  /** SVG drawn on top. */
  more?: string;
}

const usual = {
  width: 400,
  height: 320,
  centre: [180, 150],
  radii: [90, 110],
  background: 0,
  head: 150,
} as const;

async function draw(drawn: Drawn = {}): Promise<Picture> {
  const { width, height, centre, radii, background, head, noise = 0, more = '' } = { ...usual, ...drawn };
  const grey = (level: number) => `rgb(${level},${level},${level})`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="${grey(background)}"/>
    <ellipse cx="${centre[0]}" cy="${centre[1]}" rx="${radii[0]}" ry="${radii[1]}" fill="${grey(head)}"/>
    <ellipse cx="${centre[0]}" cy="${centre[1]}" rx="${radii[0] * 0.85}" ry="${radii[1] * 0.85}" fill="${grey(head * 0.6)}"/>
    ${more}</svg>`;
  const pixels = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer();
  const random = randomFrom(1, 'crop');
  for (let at = 0; at < pixels.length; at += 3) {
    const level = Math.max(0, Math.min(255, Math.round(pixels[at]! + noise * random())));
    pixels.fill(level, at, at + 3);
  }
  return { width, height, pixels };
}

/** How far each edge of the box is outside the ellipse, pixels. */
function room(box: Box, { centre, radii }: Required<Pick<Drawn, 'centre' | 'radii'>>): number[] {
  return [
    centre[0] - radii[0] - box.left,
    centre[1] - radii[1] - box.top,
    box.left + box.width - centre[0] - radii[0],
    box.top + box.height - centre[1] - radii[1],
  ];
}

const text = (x: number, y: number) =>
  `<g fill="white" font-size="15" font-family="monospace"><text x="${x}" y="${y}">TR 500 TE 12</text></g>`;

const found: [string, Drawn][] = [
  ['on black', {}],
  ['on white', { background: 255, head: 120 }],
  ['on grey', { background: 60, head: 220 }],
  ['in noise', { noise: 40 }],
  ['with writing in the corners', { more: text(4, 16) + text(270, 310) + text(4, 310) }],
  ['with a ruler at the edge', { more: '<rect x="385" y="60" width="4" height="200" fill="white"/>' }],
  ['with a box of writing beside it', { more: '<rect x="310" y="20" width="34" height="12" fill="white"/>' }],
  ['small', { radii: [60, 70] }],
  ['cut off below, like a neck', { centre: [200, 220], radii: [80, 140] }],
  ['on a black frame on a white page', {
    background: 255,
    more: `<rect x="40" y="20" width="300" height="280" fill="black"/>
      <ellipse cx="180" cy="150" rx="90" ry="110" fill="rgb(150,150,150)"/>`,
  }],
]; // prettier-ignore

describe('the head is found', () => {
  test.each(found)('%s, with a little room around it', async (_, drawn) => {
    const { centre, radii, height } = { ...usual, ...drawn };
    const box = await headBox(await draw(drawn));
    expect(box).not.toBeNull();
    const [left, top, right, bottom] = room(box!, { centre: [...centre], radii: [...radii] });
    for (const edge of [left!, top!, right!, ...(centre[1] + radii[1] > height ? [] : [bottom!])]) {
      expect(edge).toBeGreaterThanOrEqual(1);
      expect(edge).toBeLessThanOrEqual(0.09 * 2 * Math.max(...radii));
    }
    expect(await headBox(await draw(drawn))).toEqual(box);
  });
});

const kept: [string, Drawn][] = [
  ['one level', { head: 0 }],
  ['noise alone', { head: 0, noise: 200 }],
  ['a head that fills it', { centre: [200, 160], radii: [230, 190] }],
  ['a speck', { radii: [12, 12] }],
  ['writing alone', { head: 0, more: text(4, 16) + text(150, 160) }],
  ['hardly any contrast', { background: 10, head: 24 }],
];

test.each(kept)('all is kept of %s', async (_, drawn) => {
  expect(await headBox(await draw(drawn))).toBeNull();
});

describe('the pixel path', () => {
  const path = { version: 2, imageSize: 64, canvas: 'stretch', crop: 'head', window: 'file' } as const;
  const squareOf = async (drawn: Drawn, change: object = {}) =>
    square({ ...(await draw(drawn)) }, { ...path, ...change });

  test('shows a head alike wherever it lies and however large its frame is', async () => {
    const one = await squareOf({});
    const other = await squareOf({ width: 700, height: 500, centre: [400, 300], more: text(4, 16) });
    const apart = one.reduce((sum, value, index) => sum + Math.abs(value - other[index]!), 0) / one.length;
    expect(apart).toBeLessThan(4);
    const uncropped = await squareOf({}, { crop: 'none' });
    expect(uncropped).not.toEqual(one);
  });

  test('of version 1 knows no crop: it gives what it gave', async () => {
    const drawn: Drawn = { noise: 30, more: text(4, 16) };
    const picture = await draw(drawn);
    const { width, height, pixels } = picture;
    const before = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .resize(64, 64, { fit: 'fill', kernel: 'linear' })
      .raw({ depth: 'uchar' })
      .toBuffer();
    expect(Buffer.compare(await squareOf(drawn, { version: 1 }), before)).toBe(0);
    expect(Buffer.compare(await squareOf(drawn, { crop: 'none' }), before)).toBe(0);
  });
});
