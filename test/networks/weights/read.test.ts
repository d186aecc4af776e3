import { inEnglish } from '../../../src-main/contract/messages/say.ts';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchWeights, recogniseNetwork } from '../../../src-main/networks/weights/match-weights.ts';
import { readKerasWeights } from '../../../src-main/networks/weights/read-keras-weights.ts';
import type { WeightSpec } from '../../../src-main/networks/weights/spec.ts';
import { weight } from '../../goldens/formula.ts';

const files = join(import.meta.dirname, '../../goldens/weight-files');
const shared = join(
  import.meta.dirname,
  '../../../../shared/weights/mobilenet_v2_1.0_224_no_top.bn-folded.h5',
);

const norm = (layer: string, channels: number): WeightSpec[] =>
  ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((kind) => ({
    layer,
    weight: kind,
    shape: [channels],
  }));

/** The model of test/goldens/weight_files.py, its classifier last. */
const tiny: WeightSpec[] = [
  { layer: 'stem_conv', weight: 'kernel', shape: [3, 3, 3, 2] },
  { layer: 'stem_conv', weight: 'bias', shape: [2] },
  ...norm('stem_bn', 2),
  { layer: 'block_depthwise', weight: 'depthwise_kernel', shape: [3, 3, 2, 1] },
  ...norm('block_bn', 2),
  { layer: 'block_conv', weight: 'kernel', shape: [1, 1, 2, 3] },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'falx-read-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('reads what Keras saved, array for array:', () => {
  it.each([
    { file: 'keras2-weights-only.h5', layout: 'legacy', named: true, top: false },
    { file: 'keras2-notop.weights.h5', layout: 'keras3', named: false, top: false },
    { file: 'keras3-top.h5', layout: 'legacy', named: true, top: true },
    { file: 'keras3-notop.weights.h5', layout: 'keras3', named: true, top: false },
    { file: 'keras3-top.keras', layout: 'keras3', named: true, top: true },
  ])('$file', async ({ file, layout, named, top }) => {
    const read = await readKerasWeights(join(files, file));
    expect(read).toMatchObject({ layout, named });
    expect(read.layers.has('predictions')).toBe(top);

    const { values, batchNormFolded, notes } = matchWeights(read, tiny, 'Tiny');
    expect([...values.keys()]).toEqual(tiny.map((spec) => `${spec.layer}/${spec.weight}`));
    for (const [stream, { layer, weight: kind, shape }] of tiny.entries())
      expect(values.get(`${layer}/${kind}`)).toEqual(weight(stream, kind, shape));
    expect(batchNormFolded).toBe(false);
    expect(notes.some((note) => inEnglish(note).includes('"predictions"'))).toBe(top);
  });
});

describe('refuses', () => {
  const keras = (): Buffer => readFileSync(join(files, 'keras3-top.keras'));
  const cases: { what: string; bytes: () => Buffer; code: string; says: RegExp }[] = [
    {
      what: 'a text file',
      bytes: () => Buffer.from('<!doctype html>'),
      code: 'bad-weights',
      says: /neither HDF5 nor/,
    },
    { what: 'an empty file', bytes: () => Buffer.alloc(0), code: 'bad-weights', says: /neither HDF5 nor/ },
    {
      what: 'an HDF5 file cut short',
      bytes: () => readFileSync(join(files, 'keras3-top.h5')).subarray(0, 20_000),
      code: 'bad-weights',
      says: /damaged.*truncated file/,
    },
    {
      what: 'an archive cut short',
      bytes: () => keras().subarray(0, 30_000),
      code: 'bad-weights',
      says: /damaged/,
    },
    {
      what: 'an archive with a flipped byte in its weights',
      bytes: () => {
        const bytes = keras();
        const at = bytes.indexOf(Buffer.from(weight(0, 'kernel', [3, 3, 3, 2]).buffer));
        bytes[at] = (bytes[at] as number) ^ 1;
        return bytes;
      },
      code: 'bad-weights',
      says: /wrong checksum/,
    },
  ];
  it.each(cases)('$what', async ({ bytes, code, says }) => {
    const file = join(folder, 'weights.h5');
    await writeFile(file, bytes());
    await expect(readKerasWeights(file)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
    await expect(readKerasWeights(file)).rejects.toMatchObject({ facts: { file } });
  });

  it('a file that is not there', async () => {
    const file = join(folder, 'nowhere.h5');
    await expect(readKerasWeights(file)).rejects.toMatchObject({ code: 'unreadable-file', facts: { file } });
  });

  it('an HDF5 file that Keras did not write', async () => {
    const { File, ready } = await import('h5wasm/node');
    await ready;
    const file = join(folder, 'measurements.h5');
    const made = new File(file, 'w');
    made.create_dataset({ name: 'temperature', data: [36.6, 37.2] });
    made.close();
    await expect(readKerasWeights(file)).rejects.toMatchObject({
      code: 'bad-weights',
      message: expect.stringContaining('no weights of a Keras model'),
    });
  });

  it('and names the original when it reads a copy', async () => {
    const copy = join(folder, 'copy');
    await copyFile(join(files, 'keras3-top.h5'), copy);
    await truncate(copy, 10_000);
    await expect(readKerasWeights(copy, '/scans/weights.h5')).rejects.toMatchObject({
      facts: { file: '/scans/weights.h5' },
    });
  });
});

describe.skipIf(!existsSync(shared))(
  'the folded MobileNetV2 of ../shared (skipped where that is absent)',
  () => {
    it('is recognised, with its batch normalisation as folded', async () => {
      const { network, matched } = recogniseNetwork(await readKerasWeights(shared));
      expect(network).toBe('mobilenetv2');
      expect(matched.batchNormFolded).toBe(true);
      expect(matched.notes).toEqual([]);
      // 2,257,984 numbers in all, as Keras's summary of MobileNetV2 without its top says.
      expect([...matched.values.values()].reduce((sum, data) => sum + data.length, 0)).toBe(2_257_984);
    });
  },
);
