import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { macKinds, picture, pictureSides, windowsSides } from '../../build/icons.mjs';

const resources = join(import.meta.dirname, '../../resources');
const svg = readFileSync(join(resources, 'icon.svg'));
const read = (name: string) => readFileSync(join(resources, 'icons', name));

/** Largest difference of a picture from the drawing, in steps of 255; both over the same grey. */
async function differenceFromDrawing(png: Buffer, side: number): Promise<number> {
  const pixels = (input: Buffer) =>
    sharp(input).flatten({ background: '#808080' }).raw().toBuffer({ resolveWithObject: true });
  const [kept, drawn] = await Promise.all([pixels(png), pixels(await picture(svg, side))]);
  expect(kept.info).toMatchObject({ width: side, height: side });
  return kept.data.reduce((most, value, at) => Math.max(most, Math.abs(value - drawn.data[at]!)), 0);
}

/** Another sharp may round the edges otherwise; another drawing is another by far more. */
const near = 16;

describe('the icons', () => {
  test.each(pictureSides)('are the drawing at %i pixels', async (side) => {
    expect(await differenceFromDrawing(read(`icon-${side}.png`), side)).toBeLessThan(near);
  });

  test('of Windows hold a PNG of each size, where the head says', async () => {
    const icon = read('icon.ico');
    expect([icon.readUInt16LE(0), icon.readUInt16LE(2), icon.readUInt16LE(4)]).toEqual([
      0,
      1,
      windowsSides.length,
    ]);
    let end = 6 + 16 * windowsSides.length;
    for (const [place, side] of windowsSides.entries()) {
      const entry = 6 + 16 * place;
      expect([icon.readUInt8(entry) || 256, icon.readUInt8(entry + 1) || 256]).toEqual([side, side]);
      const [length, at] = [icon.readUInt32LE(entry + 8), icon.readUInt32LE(entry + 12)];
      expect(at).toBe(end);
      end = at + length;
      expect(await differenceFromDrawing(icon.subarray(at, end), side)).toBeLessThan(near);
    }
    expect(end).toBe(icon.length);
  });

  test('of macOS hold a PNG of each kind', async () => {
    const icon = read('icon.icns');
    expect([icon.toString('latin1', 0, 4), icon.readUInt32BE(4)]).toEqual(['icns', icon.length]);
    let at = 8;
    for (const [kind, side] of macKinds) {
      const length = icon.readUInt32BE(at + 4);
      expect(icon.toString('latin1', at, at + 4)).toBe(kind);
      expect(await differenceFromDrawing(icon.subarray(at + 8, at + length), side)).toBeLessThan(near);
      at += length;
    }
    expect(at).toBe(icon.length);
  });
});
