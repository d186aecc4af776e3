import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { addWeights } from '../../src-main/networks/weights/weights-store.ts';
import { chooseWeights, weightsFileOf, weightsHashOf } from '../../src-main/train/choose-weights.ts';
import * as sample from '../registry/sample-records.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-choose-'));
afterAll(() => rmSync(home, { recursive: true }));

describe('without stored weights', () => {
  test('every network starts from scratch unless ImageNet weights are asked for', async () => {
    expect(await chooseWeights(home, undefined, undefined)).toEqual([
      { network: 'mobilenetv2', weights: 'none' },
      { network: 'densenet121', weights: 'none' },
      { network: 'resnet50', weights: 'none' },
    ]);
    await expect(chooseWeights(home, ['resnet50'], 'imagenet')).rejects.toThrow(
      expect.objectContaining({
        code: 'weights-missing',
        message: expect.stringMatching(
          /falx weights download resnet50.*falx weights add FILE.*--weights none/,
        ),
      }),
    );
  });

  test('a file that holds none is refused before anything is queued', async () => {
    const file = path.join(home, 'notes.h5');
    writeFileSync(file, 'no weights in here');
    await expect(chooseWeights(home, undefined, file)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-weights', message: expect.stringContaining('notes.h5') }),
    );
    await expect(chooseWeights(home, undefined, `${file}.gone`)).rejects.toThrow(
      expect.objectContaining({ code: 'unreadable-file' }),
    );
  });
});

const shared = path.resolve('..', 'shared', 'weights', 'mobilenet_v2_1.0_224_no_top.bn-folded.h5');

describe.skipIf(!existsSync(shared))('with MobileNetV2’s weights (skipped where ../shared is absent)', () => {
  test('a file is taken for the network that it is of', async () => {
    expect(await chooseWeights(home, undefined, shared)).toEqual([
      { network: 'mobilenetv2', weights: shared },
    ]);
    await expect(chooseWeights(home, ['resnet50'], shared)).rejects.toThrow(/lacks the layer "conv1_conv"/);
    await expect(chooseWeights(home, ['mobilenetv2', 'resnet50'], shared)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-usage', message: expect.stringContaining('--networks') }),
    );
  });

  test('stored ones are the default of their network, and are missed when they go', async () => {
    const stored = await addWeights(home, shared);
    expect(await chooseWeights(home, ['mobilenetv2', 'resnet50'], undefined)).toEqual([
      { network: 'mobilenetv2', weights: 'imagenet' },
      { network: 'resnet50', weights: 'none' },
    ]);
    const run = sample.run('run-1', 'sp-1');
    const from = (weights: string) => weightsFileOf(home, { ...run.settings, weights });
    expect(await from('none')).toBeNull();
    expect(await from('imagenet')).toBe(stored.file);
    expect(await from('/w/own.h5')).toBe('/w/own.h5');
    // The required content when it is used: as it was added, then as the run started with it.
    const imagenet = { ...run, settings: { ...run.settings, weights: 'imagenet' } };
    expect(await weightsHashOf(home, imagenet)).toBe(stored.sha256);
    expect(await weightsHashOf(home, { ...imagenet, weightsSha256: 'f'.repeat(64) })).toBe('f'.repeat(64));
    expect(await weightsHashOf(home, run)).toBeNull();
    rmSync(stored.file);
    await expect(from('imagenet')).rejects.toThrow(expect.objectContaining({ code: 'weights-missing' }));
  });
});
