import { describe, expect, test } from 'vitest';
import { defaultSettings, type SettingsChange } from '../../src-main/contract/settings.ts';
import { networkNames } from '../../src-main/contract/networks.ts';
import { resolveSettings } from '../../src-main/train/resolve-settings.ts';

describe('settings', () => {
  // Written out: changing a default changes the meaning of runs without settings, and should be noticed.
  test.each(networkNames)('of %s that nobody chose are the usual recipe', (network) => {
    const usual = {
      network,
      pixels: { version: 2, imageSize: 224, canvas: 'stretch', crop: 'none', window: 'file' },
      classWeights: 'balanced',
      epochs: 12,
      unfreeze: 'all',
      patience: 5,
      schedule: 'cosine',
      warmUp: 0.05,
      optimiser: 'adamw',
      headLearningRate: 0.001,
      batchSize: 16,
      momentum: 0.9,
      precision: 'float32',
      tensorFloat32: true,
      dropout: 0.2,
      weightDecay: 1e-4,
      l2: 0,
      seed: 7,
      deterministic: false,
      augmentation: {
        flipHorizontal: true,
        flipVertical: false,
        rotation: 10,
        shift: 0.05,
        zoom: 0.1,
        brightness: 0.1,
        contrast: 0.1,
      },
    };
    const tuned = { headEpochs: 2, learningRate: 2e-4, labelSmoothing: 0.1, batchNorm: 'inference' };
    const scratch = { headEpochs: 0, learningRate: 1e-3, labelSmoothing: 0, batchNorm: 'batch' };
    expect(resolveSettings(network, 'imagenet', {})).toMatchObject({
      ...usual,
      ...tuned,
      weights: 'imagenet',
    });
    expect(resolveSettings(network, 'none', { imageSize: 96 })).toMatchObject({
      ...{ ...usual, ...scratch, weights: 'none' },
      pixels: { ...usual.pixels, imageSize: 96 },
    });
  });

  test('keep every override', () => {
    const settings = resolveSettings('mobilenetv2', '/w/file.h5', {
      imageSize: 64,
      canvas: 'pad',
      epochs: 5,
      headEpochs: 2,
      learningRate: 0.01,
      unfreeze: 'last',
      augmentation: { rotation: 20 },
    });
    expect(settings).toMatchObject({
      weights: '/w/file.h5',
      pixels: { version: 2, imageSize: 64, canvas: 'pad' },
      epochs: 5,
      headEpochs: 2,
      learningRate: 0.01,
      unfreeze: 'last',
    });
    expect(settings.augmentation).toEqual({
      ...defaultSettings('mobilenetv2', true).augmentation,
      rotation: 20,
    });
  });

  test('take a value that is undefined for none', () => {
    const undefinedOnes = { epochs: undefined, imageSize: undefined, augmentation: { rotation: undefined } };
    expect(resolveSettings('mobilenetv2', 'none', undefinedOnes)).toEqual(
      defaultSettings('mobilenetv2', false),
    );
  });

  test('of a short run leave most epochs to the backbone', () => {
    const headEpochs = (epochs: number) => resolveSettings('mobilenetv2', 'imagenet', { epochs }).headEpochs;
    expect([1, 2, 3, 6, 9, 50].map(headEpochs)).toEqual([0, 0, 1, 2, 2, 2]);
  });

  test('change nothing in the images when augmentation is off', () => {
    const { augmentation } = resolveSettings('mobilenetv2', 'none', { augmentation: false });
    expect(Object.values(augmentation).every((value) => value === false || value === 0)).toBe(true);
  });

  test.each<[SettingsChange, string, RegExp]>([
    [{ imageSize: 20 }, 'none', /^imageSize must be at least 32, and is 20/],
    [{ epochs: 0 }, 'none', /^epochs must be at least 1, and is 0/],
    [{ learningRate: -1 }, 'none', /^learningRate must be more than 0, and is -1/],
    [{ augmentation: { rotation: 400 } }, 'none', /^rotation must be at most \d+, and is 400/],
    [{ epochs: 3, headEpochs: 4 }, 'imagenet', /4 of 3 epochs/],
    [{ unfreeze: 'last' }, 'none', /Without pretrained weights.*"last"/],
    [{ batchNorm: 'inference' }, 'none', /must learn its statistics/],
  ])('refuse %j with weights %s', (overrides, weights, message) => {
    expect(() => resolveSettings('mobilenetv2', weights, overrides)).toThrow(
      expect.objectContaining({ code: 'bad-usage', message: expect.stringMatching(message) }),
    );
  });
});
