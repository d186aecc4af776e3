import { Command } from 'commander';
import { expect, test } from 'vitest';
import { SettingsChange } from '../../../src-main/contract/settings.ts';
import {
  addTrainingOptions,
  settingsTyped,
  type TrainOptions,
} from '../../../src-main/shells/cli/train-options.ts';

const typed = (line: string): SettingsChange => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addTrainingOptions(command, 'en');
  command.parse(line.split(' ').filter(Boolean), { from: 'user' });
  return SettingsChange.parse(settingsTyped(command.opts<TrainOptions>()));
};

test.each<[string, SettingsChange]>([
  ['', {}],
  ['--size 96 --canvas pad --batch 4', { imageSize: 96, canvas: 'pad', batchSize: 4 }],
  [
    '--learning-rate 1e-3 --batch-norm batch --l2 0.01',
    { learningRate: 0.001, batchNorm: 'batch', l2: 0.01 },
  ],
  ['--exact --deterministic', { tensorFloat32: false, deterministic: true }],
  [
    '--rotation 20 --no-flip-horizontal --flip-vertical',
    { augmentation: { rotation: 20, flipHorizontal: false, flipVertical: true } },
  ],
  ['--no-augmentation --rotation 20', { augmentation: false }],
  ['--weights none --seed 3 --patience 0', { weights: 'none', seed: 3, patience: 0 }],
])('reads "%s" as the change it asks for', (line, change) => {
  expect(typed(line)).toEqual(change);
});

test.each(['--epochs 2.5', '--dropout much', '--unfreeze half'])('refuses "%s"', (line) => {
  expect(() => typed(line)).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));
});
