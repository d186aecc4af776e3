import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { networkNames } from '../../../src-main/contract/networks.ts';
import { recogniseNetwork } from '../../../src-main/networks/weights/match-weights.ts';
import { readKerasWeights } from '../../../src-main/networks/weights/read-keras-weights.ts';
import { specOf } from '../../../src-main/networks/weights/spec.ts';
import { weight } from '../../goldens/formula.ts';
import { kerasPython, python } from '../../python.ts';

/** All files of a network written by test/goldens/weight_files.py. */
const files = [
  'keras2-weights-only.h5',
  'keras2-top.h5',
  'keras2-nested.h5',
  'keras2-notop.weights.h5',
  'keras2-top.keras',
  'keras3-top.h5',
  'keras3-nested.h5',
  'keras3-notop.weights.h5',
  'keras3-nested.weights.h5',
  'keras3-top.keras',
].sort();

describe('live, every layout of Keras 2 and 3, with and without a top, alone and inside another model:', () => {
  it.each(networkNames)('%s is recognised and read number for number', async (network) => {
    const folder = mkdtempSync(join(tmpdir(), 'falx-layouts-'));
    try {
      const script = join(import.meta.dirname, '../../goldens/weight_files.py');
      await python(await kerasPython(), [script, '--networks', folder, network]);
      expect(readdirSync(join(folder, network)).sort()).toEqual(files);

      const spec = specOf(network);
      const truth = spec.map(({ weight: kind, shape }, stream) => weight(stream, kind, shape));
      for (const file of files) {
        const found = recogniseNetwork(await readKerasWeights(join(folder, network, file)));
        expect(found.network).toBe(network);
        const values = [...found.matched.values.values()];
        const wrong = spec.filter((_, n) => !same(values[n] as Float32Array, truth[n] as Float32Array));
        expect(wrong.map((one) => `${file}: ${one.layer}/${one.weight}`)).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const same = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;
