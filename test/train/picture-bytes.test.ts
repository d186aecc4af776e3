import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph, single, type Tensor } from '../../src-main/graph/graph.ts';
import { cast, placeholder } from '../../src-main/graph/operations.ts';
import { tensorName, writeSavedModel } from '../../src-main/graph/saved-model.ts';
import { decode } from '../../src-main/images/decode.ts';
import { square } from '../../src-main/images/pixels.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { Session } from '../../src-main/tensorflow/session.ts';
import { decodedInGraph } from '../../src-main/train/picture-bytes.ts';
import { squareInGraph } from '../../src-main/train/square-in-graph.ts';
import { canRun } from '../graph/calculator.ts';
import { largestDifference } from '../images/difference.ts';

/* A served model's preprocessing of a picture's file, in TensorFlow, against Falx's own. */

const sides = [96, 224] as const;
const canvases = ['stretch', 'pad'] as const;
let folder: string;
let session: Session;
let name: Tensor;
let squares: Tensor[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-picture-bytes-'));
  if (!canRun) return;
  const graph = new Graph();
  name = placeholder(graph, 'name', 'string', []);
  const bytes = single(
    graph.add({ operation: 'ReadFile', inputs: [name], outputs: [{ dtype: 'string', shape: [] }] }),
  );
  const picture = decodedInGraph(bytes);
  // The binding does not return bytes.
  squares = sides.flatMap((imageSize) =>
    canvases.map((canvas) => cast(squareInGraph(picture, { imageSize, canvas }), 'int32')),
  );
  writeSavedModel(folder, { graph, signatures: {} });
  session = new Session(folder);
});
afterAll(() => {
  session?.close();
  rmSync(folder, { recursive: true });
});

/** For a file, the largest difference and the fraction of values that differ, over all sizes and canvases. */
async function differences(bytes: Buffer): Promise<{ largest: number; share: number }> {
  const file = path.join(folder, 'picture');
  writeFileSync(file, bytes);
  const found = session.run(
    { [tensorName(name)]: { dtype: 'string', shape: [], data: [file] } },
    squares.map(tensorName),
  );
  const decoded = await decode(bytes, 'picture');
  let [largest, apart, all] = [0, 0, 0];
  for (const [i, imageSize] of sides.entries())
    for (const [j, canvas] of canvases.entries()) {
      const own = await square(decoded, { version: 2, imageSize, canvas, crop: 'none', window: 'file' });
      const { data } = found[2 * i + j] as { data: Int32Array };
      expect(data).toHaveLength(own.length);
      largest = Math.max(largest, largestDifference(Uint8Array.from(data), own));
      apart += own.filter((value, k) => value !== data[k]).length;
      all += own.length;
    }
  return { largest, share: apart / all };
}

/** Blotches with noise, in which neighbours differ. */
function noise(width: number, height: number, channels: 1 | 3 | 4, seed = 1): Sharp {
  const random = randomFrom(seed, 'picture');
  const data = Buffer.alloc(width * height * channels);
  for (let i = 0; i < data.length; i += 1) {
    const before = data[i - channels] ?? 128;
    data[i] = Math.max(0, Math.min(255, before + Math.round(80 * (random() - 0.5))));
  }
  return sharp(data, { raw: { width, height, channels } });
}

describe.skipIf(!canRun)('a served model sees a file as Falx does, to the bit', () => {
  test.each([
    ['smaller by less than two', 300, 260],
    ['smaller by two to four', 512, 512],
    ['by more than four, in boxes', 1024, 1024],
    ['larger', 97, 120],
    ['larger one way and smaller the other', 60, 260],
    ['of just the size', 224, 224],
    ['of one column', 1, 40],
  ])('%s', async (_, width, height) => {
    expect(await differences(await noise(width, height, 3).png().toBuffer())).toEqual({
      largest: 0,
      share: 0,
    });
  });

  test('of any size but for a grey level here and there, where a pixel lies exactly between two places', async () => {
    const random = randomFrom(7, 'sizes');
    for (let i = 0; i < 12; i += 1) {
      const [width, height] = [20 + Math.floor(700 * random()), 20 + Math.floor(700 * random())];
      const { largest, share } = await differences(await noise(width, height, 3, i).png().toBuffer());
      expect(largest, `${width} × ${height}`).toBeLessThanOrEqual(1);
      expect(share, `${width} × ${height}`).toBeLessThan(0.01);
    }
  });

  const small = (channels: 1 | 3 | 4) => noise(97, 120, channels);
  test.each<[string, () => Sharp]>([
    ['JPEG in colour, its colours halved', () => small(3).jpeg({ quality: 80 })],
    ['JPEG in colour, in full', () => small(3).jpeg({ quality: 95, chromaSubsampling: '4:4:4' })],
    ['grey JPEG', () => small(1).toColourspace('b-w').jpeg()],
    ['progressive JPEG', () => small(3).jpeg({ progressive: true })],
    ['grey PNG', () => small(1).toColourspace('b-w').png()],
    ['PNG with alpha', () => small(4).png()],
    ['PNG with a palette', () => small(3).png({ palette: true, colours: 12 })],
    ['PNG with two colours', () => small(3).threshold(128).png({ palette: true, colours: 2 })],
    ['interlaced PNG', () => small(3).png({ progressive: true })],
    ['GIF', () => small(3).gif()],
  ])('%s', async (_, picture) => {
    expect(await differences(await picture().toBuffer())).toEqual({ largest: 0, share: 0 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('a JPEG that EXIF turns, %i', async (orientation) => {
    const turned = small(3).withMetadata({ orientation }).jpeg();
    expect(await differences(await turned.toBuffer())).toEqual({ largest: 0, share: 0 });
  });

  test('a scan of the test set', async () => {
    const file = path.join(import.meta.dirname, '../goldens/images.json');
    const { squares: golden } = JSON.parse(readFileSync(file, 'utf8')) as { squares: { file: string } };
    expect(await differences(Buffer.from(golden.file, 'base64'))).toEqual({ largest: 0, share: 0 });
  });

  test('and refuses a PNG of 16 bits, whose window it does not know', async () => {
    const deep = await small(1).toColourspace('grey16').png().toBuffer();
    expect(deep[24]).toBe(16);
    await expect(differences(deep)).rejects.toThrow('16 bits');
  });
});
