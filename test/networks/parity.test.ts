import { describe, expect, it } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import { specOf } from '../../src-main/networks/weights/spec.ts';
import { headLayer } from '../../src-main/train/model.ts';
import { Golden } from '../goldens/golden.ts';
import { canRun } from '../graph/calculator.ts';
import { expectSamePass, expectSameStep } from './parity.ts';

// DenseNet121 and ResNet50, and the odd size, are in parity.slow.test.ts.
describe.skipIf(!canRun)('MobileNetV2 at 64 px is Keras’s', () => {
  const golden = new Golden('mobilenetv2');
  it.each(['inference', 'batch'] as const)(
    'in outputs and gradients, batch normalisation in %s mode',
    (mode) => {
      expectSamePass(golden, 64, mode);
    },
  );
  it('after a step of Adam, batch normalisation in batch mode', () => {
    expectSameStep(golden, 64, 'batch');
  });
});

describe('the layers with weights are Keras’s, in its order, with its shapes:', () => {
  it.each(networkNames)('%s', (network) => {
    const { weights } = new Golden(network).record;
    const backbone = weights.filter(({ layer }) => layer !== headLayer);
    expect(specOf(network)).toEqual(backbone.map(({ layer, weight, shape }) => ({ layer, weight, shape })));
  });
});
