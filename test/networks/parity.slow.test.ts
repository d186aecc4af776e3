import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import { Golden } from '../goldens/golden.ts';
import { kerasPython, python } from '../python.ts';
import { expectSamePass, expectSameStep } from './parity.ts';

const modes = ['inference', 'batch'] as const;

describe.each(networkNames)('%s is Keras’s, by the goldens,', (network) => {
  const golden = new Golden(network);
  it.each([64, 75].flatMap((size) => modes.map((mode) => ({ size, mode }))))(
    'in outputs and gradients at $size px in $mode mode',
    ({ size, mode }) => {
      expectSamePass(golden, size, mode);
    },
  );
  it.each(modes)('after a step of Adam in %s mode', (mode) => {
    expectSameStep(golden, 64, mode);
  });
});

describe('live, every number of every array,', () => {
  it.each(networkNames)('%s is Keras’s at 64 px', async (network) => {
    const folder = mkdtempSync(join(tmpdir(), 'falx-live-'));
    try {
      const script = join(import.meta.dirname, '../goldens/networks.py');
      await python(await kerasPython(), [script, '--full', folder, '--networks', network, '--sizes', '64']);
      const golden = new Golden(network, folder);
      for (const mode of modes) {
        expectSamePass(golden, 64, mode);
        expectSameStep(golden, 64, mode);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
