import { describe, expect, test } from 'vitest';
import { defaultSettings, type TrainingSettings } from '../../../../src-main/contract/settings.ts';
import { settingGroups } from '../../../../src-renderer/stages/runs/setting-rows.ts';
import { flatten } from '../../../../src-renderer/stages/train/fields.ts';

const standard = defaultSettings('resnet50', true);
const rowsOf = (settings: TrainingSettings) => settingGroups(settings).flatMap(({ rows }) => rows);
const changed = (settings: TrainingSettings) =>
  rowsOf(settings)
    .filter((row) => row.changed)
    .map(({ key, value, defaultValue }) => [key, value, defaultValue]);
const unused = (settings: TrainingSettings) =>
  rowsOf(settings)
    .filter((row) => !row.used)
    .map(({ key }) => key);

describe('the settings of a run', () => {
  test('are all there, each once', () => {
    const keys = rowsOf(standard).map(({ key }) => key);
    expect(keys.toSorted()).toEqual(Object.keys(flatten(standard)).toSorted());
  });

  test.each([
    ['pretrained', defaultSettings('resnet50', true)],
    ['from scratch', defaultSettings('mobilenetv2', false)],
  ])('differ in nothing when they are the defaults, %s', (_, settings) =>
    expect(changed(settings)).toEqual([]),
  );

  test('are marked where they differ, with the default beside them', () => {
    const settings = {
      ...standard,
      pixels: { ...standard.pixels, imageSize: 128 },
      learningRate: 1e-3,
      augmentation: { ...standard.augmentation, rotation: 0 },
    };
    expect(changed(settings)).toEqual([
      ['imageSize', 128, 224],
      ['learningRate', 1e-3, 2e-4],
      ['augmentation.rotation', 0, 10],
    ]);
  });

  test('of a short run: its shorter phase of the head is no change of its own', () => {
    // 2 head epochs of 12, but at most a third of 3
    expect(changed(defaultSettings('resnet50', true, undefined, 3))).toEqual([['epochs', 3, 12]]);
  });

  test('of a weight file of one’s own are marked', () => {
    expect(changed({ ...standard, weights: '/data/own.h5' })).toEqual([
      ['weights', '/data/own.h5', 'imagenet'],
    ]);
  });

  test('without effect are marked', () => {
    expect(unused(standard)).toEqual(['momentum']);
    expect(unused({ ...standard, optimiser: 'sgd' })).toEqual(['weightDecay']);
    expect(unused({ ...standard, unfreeze: 'none' })).toEqual(['headEpochs', 'learningRate', 'momentum']);
    expect(unused(defaultSettings('resnet50', false))).toEqual([
      'headEpochs',
      'headLearningRate',
      'momentum',
    ]);
  });
});
