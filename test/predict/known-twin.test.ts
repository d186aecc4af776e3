import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signaturesOf } from '../../src-main/check/one-twin.ts';
import { SQUARE } from '../../src-main/images/derivatives.ts';
import { FittedRun, type Fitted } from '../../src-main/evaluate/fitted.ts';
import { drawSlice } from '../../src-main/import/phantom.ts';
import { knownTwin } from '../../src-main/predict/known-twin.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-known-'));
const hash = (digit: string) => digit.repeat(64);
let registry: Registry;
let run: FittedRun;

/** Three images; the run was trained on the first two, which are one file, and validated on the third. None of their originals exists. */
beforeAll(() => {
  registry = Registry.open(home);
  const images = ['1', '1', '2', '3'].map((digit, i) => ({
    ...sample.image(`${i}.png`, 'Brain Tumor'),
    sha256: hash(digit),
  }));
  registry.datasets.add(sample.dataset('ds-1'), images, []);
  const ids = registry.images.list('ds-1').map(({ id }) => id);
  const owners = ids.slice(0, 3);
  const fitted = { twins: { owners, validation: [owners[2]!] } } as Fitted;
  run = new FittedRun(fitted, { values: new Float32Array(0), channels: 1 }, new Float32Array(0));
});
afterAll(() => {
  registry.close();
  rmSync(home, { recursive: true, force: true });
});

const grey = drawSlice(SQUARE, 3, 'scan', true);
const told = (sha256: string | null) => knownTwin(registry, 'ds-1', run, { sha256, grey });

describe('a scan that a run has met', () => {
  test('is recognised by its bytes only, the first of equal ones, with its set', async () => {
    expect(signaturesOf(grey).length).toBeGreaterThan(0);
    expect(await told(hash('1'))).toEqual([
      expect.objectContaining({ code: 'noticeTwin', file: '0.png', part: 'train', how: 'same' }),
    ]);
    expect(await told(hash('2'))).toEqual([
      expect.objectContaining({ file: '2.png', part: 'validation', how: 'same' }),
    ]);
  });

  test('is not one of its test set, nor one without a hash', async () => {
    expect(await told(hash('3'))).toEqual([]);
    expect(await told(null)).toEqual([]);
  });
});
