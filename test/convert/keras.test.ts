import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import { kerasModel, type KerasLayer } from '../../src-main/convert/keras/layers.ts';
import { readKerasWeights } from '../../src-main/networks/weights/read-keras-weights.ts';
import { inKerasOrder, specOf } from '../../src-main/networks/weights/spec.ts';
import { writeKerasWeights } from '../../src-main/networks/weights/write-keras-weights.ts';

/* `npm run verify:exports` loads them in Keras itself; this tests what can be tested without it. */

test.each(networkNames)('%s is described in layers that each come after what they take', (network) => {
  const { layers } = kerasModel(network, 64)['config'] as { layers: KerasLayer[] };
  const known = new Set<string>();
  for (const { name, inbound_nodes: nodes } of layers) {
    const taken = [...JSON.stringify(nodes).matchAll(/"keras_history":\["([^"]+)"/g)].map(
      ([, from]) => from!,
    );
    for (const from of taken) expect(known).toContain(from);
    expect(known).not.toContain(name);
    known.add(name);
  }
  expect(layers.at(-1)).toMatchObject({ name: 'probability', class_name: 'Activation' });
  // Every layer with weights, by its name in Keras Applications.
  for (const { layer } of specOf(network)) expect(known).toContain(layer);
});

test('weights that are written are read again by name, to the bit', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-keras-test-'));
  try {
    const spec = inKerasOrder(specOf('mobilenetv2'));
    const values = new Map(
      spec.map(({ layer, weight, shape }, n) => [
        `${layer}/${weight}`,
        new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(n + 0.1),
      ]),
    );
    values.set('logit/kernel', new Float32Array(1280).fill(-2)).set('logit/bias', Float32Array.of(0.5));
    const file = path.join(folder, 'model.weights.h5');
    await writeKerasWeights(file, 'mobilenetv2', values, { notice: 'Research use only, not for diagnosis.' });
    const { layers, named } = await readKerasWeights(file);
    expect(named).toBe(true);
    const read = [...layers].flatMap(([layer, arrays]) =>
      arrays.map(({ name, data }) => [`${layer}/${name}`, data] as const),
    );
    expect(new Map(read)).toEqual(values);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
