import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src-main/images/decode.ts';
import { thumbnail } from '../../src-main/images/thumbnail.ts';

const size = async (jpeg: Buffer) => {
  const { width, height, format } = await sharp(jpeg).metadata();
  return { width, height, format };
};
const thumbnailOf = async (input: Buffer, side: number) => thumbnail(await decode(input, 'scan'), side);
const plain = (width: number, height: number, background = { r: 200, g: 40, b: 90 }) =>
  sharp({ create: { width, height, channels: 3, background } });

describe('a thumbnail', () => {
  test.each([
    [400, 300, 100, { width: 100, height: 75 }],
    [300, 400, 100, { width: 75, height: 100 }],
    [2000, 3, 64, { width: 64, height: 1 }],
    [40, 30, 100, { width: 40, height: 30 }],
  ])('of %i × %i with side %i', async (width, height, side, expected) => {
    const jpeg = await thumbnailOf(await plain(width, height).png().toBuffer(), side);
    expect(await size(jpeg)).toEqual({ ...expected, format: 'jpeg' });
  });

  test('is rotated upright by its EXIF orientation', async () => {
    // The left half is red as stored; orientation 6 rotates it clockwise, so it becomes the upper half.
    const red = await plain(50, 60, { r: 255, g: 0, b: 0 }).png().toBuffer();
    const stored = await plain(100, 60, { r: 0, g: 0, b: 255 })
      .composite([{ input: red, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const jpeg = await thumbnailOf(stored, 50);
    expect(await size(jpeg)).toEqual({ width: 30, height: 50, format: 'jpeg' });
    const { pixels } = await decode(jpeg, 'thumbnail');
    const at = (x: number, y: number) => [...pixels.subarray(3 * (y * 30 + x), 3 * (y * 30 + x) + 3)];
    expect(at(15, 5)[0]).toBeGreaterThan(230);
    expect(at(15, 44)[2]).toBeGreaterThan(230);
    expect((await sharp(jpeg).metadata()).orientation).toBeUndefined();
  });

  test('of 12 bits in 16 is as bright as it is for the networks', async () => {
    const values = new Uint16Array(64 * 64).map((_, index) => (index % 64 < 32 ? 4095 : 1024));
    const deep = await sharp(values, { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const { pixels } = await decode(await thumbnailOf(deep, 64), 'thumbnail');
    expect(Math.abs(pixels[3 * 8]! - 255)).toBeLessThanOrEqual(3);
    expect(Math.abs(pixels[3 * 56]! - 64)).toBeLessThanOrEqual(3);
  });
});
