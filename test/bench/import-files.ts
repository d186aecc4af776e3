import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { drawSlice } from '../../src-main/import/phantom.ts';

/** Distinct pictures; every file is one of these with a few bytes of its own. */
const DRAWN = 200;

/**
 * Writes this many distinct files in two class folders, four JPEG to one PNG, 192 to 256 pixels wide. JPEG files get a unique
 * comment after the first marker, PNG files the bytes of a text chunk after the last: the pixels are decoded completely every
 * time, and no two files have the same SHA-256.
 */
export async function writeFiles(folder: string, count: number): Promise<void> {
  const drawn = await Promise.all(Array.from({ length: DRAWN }, (_, index) => draw(index)));
  for (const name of ['Healthy', 'Tumour']) await mkdir(path.join(folder, name), { recursive: true });
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const { ending, bytes } = drawn[index % DRAWN]!;
      const own = Buffer.from(String(index).padStart(10, '0'));
      const content =
        ending === 'jpg'
          ? Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, 12]), own, bytes.subarray(2)])
          : Buffer.concat([bytes, own]);
      const name = `${index % 2 ? 'Tumour' : 'Healthy'}/${String(index).padStart(6, '0')}.${ending}`;
      await writeFile(path.join(folder, name), content);
    }
  };
  await Promise.all([write(), write(), write(), write()]);
}

async function draw(index: number): Promise<{ ending: 'jpg' | 'png'; bytes: Buffer }> {
  const size = 192 + 16 * (index % 5);
  const pixels = drawSlice(size, 7, `bench-${index}`, index % 2 === 1);
  const picture = sharp(pixels, { raw: { width: size, height: size, channels: 1 } });
  if (index % 5 === 0) return { ending: 'png', bytes: await picture.png().toBuffer() };
  return { ending: 'jpg', bytes: await picture.jpeg({ quality: 90 }).toBuffer() };
}
