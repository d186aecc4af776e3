import { type Command, Option } from 'commander';
import { networkNames } from '../../contract/networks.ts';
import { defaultSettings, type TrainingSettings } from '../../contract/settings.ts';
import { integer, number } from './numbers.ts';

/** As commander reads them: only what was typed is there, but for the `--no-…` ones. */
export type TrainOptions = {
  networks?: string;
  weights?: string;
  resume?: true | string[];
  devices?: string;
  epochs?: number;
  headEpochs?: number;
  size?: number;
  canvas?: 'stretch' | 'pad';
  crop?: 'none' | 'head';
  window?: 'file' | 'percentiles';
  batch?: number;
  unfreeze?: 'none' | 'last' | 'all';
  batchNorm?: 'inference' | 'batch';
  optimiser?: 'sgd' | 'adam' | 'adamw';
  learningRate?: number;
  headLearningRate?: number;
  schedule?: 'constant' | 'cosine';
  warmUp?: number;
  momentum?: number;
  weightDecay?: number;
  l2?: number;
  dropout?: number;
  labelSmoothing?: number;
  classWeights?: 'balanced' | 'none';
  precision?: 'float32' | 'bfloat16';
  exact?: true;
  deterministic?: true;
  patience?: number;
  seed?: number;
  augmentation: boolean;
  flipHorizontal: boolean;
  flipVertical?: true;
  rotation?: number;
  shift?: number;
  zoom?: number;
  brightness?: number;
  contrast?: number;
};

const fineTuning = defaultSettings('mobilenetv2', true);
const fromScratch = defaultSettings('mobilenetv2', false);

/** The default of a setting in words, for fine-tuning and, where it is another one, for training from scratch. */
function byDefault(read: (settings: TrainingSettings) => string | number): string {
  const [tuned, scratch] = [read(fineTuning), read(fromScratch)];
  return tuned === scratch ? `(default: ${tuned})` : `(default: ${tuned}, from scratch ${scratch})`;
}

/** Declares the options of "falx train". What they set, and the defaults, are the contract's. */
export function addTrainingOptions(command: Command): void {
  const choice = (
    flags: string,
    description: string,
    choices: readonly string[],
    read: (settings: TrainingSettings) => string,
  ) => command.addOption(new Option(flags, `${description} ${byDefault(read)}`).choices(choices));
  const value = (
    flags: string,
    description: string,
    parse: (typed: string) => number,
    read: (settings: TrainingSettings) => number,
  ) => command.option(flags, `${description} ${byDefault(read)}`, parse);

  command
    .option('--networks <names>', `${networkNames.join(', ')}, with commas between (default: all)`)
    .option('--weights <which>', 'imagenet, none, or a weight file (default: imagenet if stored, else none)')
    .option(
      '--resume [runs...]',
      'go on with interrupted runs (all of them if none is named) instead of new ones',
    )
    .option(
      '--devices <which>',
      'auto, all (GPUs), gpu (one), cpu, or UUIDs of GPUs with commas between: each trains a run at a time; cpu:2 trains two on half the cores each (default: as in Settings)',
    );
  value('--epochs <n>', 'epochs in all', integer, (s) => s.epochs);
  value(
    '--head-epochs <n>',
    'of these, how many train the head alone first; fewer when epochs are few',
    integer,
    (s) => s.headEpochs,
  );
  value('--size <px>', 'side of the network’s input, 32 to 512 pixels', integer, (s) => s.pixels.imageSize);
  choice(
    '--canvas <how>',
    'how a picture becomes square: where the classes differ in size, "stretch" shows it by heads squeezed, "pad" by the width of its borders',
    ['stretch', 'pad'],
    (s) => s.pixels.canvas,
  );
  choice(
    '--crop <how>',
    'cuts off what lies outside the head first, so that neither borders nor writing nor placing tell the classes apart; without a clear head all is kept',
    ['none', 'head'],
    (s) => s.pixels.crop,
  );
  choice(
    '--window <how>',
    'how more than 8 bits (DICOM, NIfTI, 16-bit PNG or TIFF) become 8: the window the file asks for, or 0.5th to 99.5th percentile of each scan, which makes all as bright',
    ['file', 'percentiles'],
    (s) => s.pixels.window,
  );
  value('--batch <n>', 'images a step', integer, (s) => s.batchSize);
  choice(
    '--unfreeze <part>',
    'part of the backbone that is trained',
    ['none', 'last', 'all'],
    (s) => s.unfreeze,
  );
  choice(
    '--batch-norm <mode>',
    'whether batch statistics are learned',
    ['inference', 'batch'],
    (s) => s.batchNorm,
  );
  choice('--optimiser <name>', 'how weights are updated', ['sgd', 'adam', 'adamw'], (s) => s.optimiser);
  value('--learning-rate <x>', 'peak rate', number, (s) => s.learningRate);
  value(
    '--head-learning-rate <x>',
    'rate while the head is trained alone',
    number,
    (s) => s.headLearningRate,
  );
  choice('--schedule <name>', 'how the rate falls', ['constant', 'cosine'], (s) => s.schedule);
  value('--warm-up <fraction>', 'part of all steps over which the rate rises', number, (s) => s.warmUp);
  value('--momentum <x>', 'of sgd', number, (s) => s.momentum);
  value('--weight-decay <x>', 'of adamw', number, (s) => s.weightDecay);
  value('--l2 <x>', 'L2 penalty on kernels', number, (s) => s.l2);
  value('--dropout <fraction>', 'before the last layer', number, (s) => s.dropout);
  value(
    '--label-smoothing <fraction>',
    'how far labels are drawn towards one half',
    number,
    (s) => s.labelSmoothing,
  );
  choice(
    '--class-weights <how>',
    'whether the rarer class counts more',
    ['balanced', 'none'],
    (s) => s.classWeights,
  );
  choice(
    '--precision <type>',
    'of the maps inside the network; bfloat16 where every device trained on has instructions for it ("falx doctor")',
    ['float32', 'bfloat16'],
    (s) => s.precision,
  );
  value(
    '--patience <n>',
    'epochs without a better validation loss before training ends; 0: never',
    integer,
    (s) => s.patience,
  );
  command
    .option(
      '--exact',
      'no TensorFloat-32 while training on a GPU of compute capability 8.0 or later: float32 products as on a processor, slower (evaluation and prediction are always so)',
    )
    .option(
      '--deterministic',
      'same numbers each time on the same GPU: slower; by how much depends on the GPU ("falx verify-gpu" measures it). On a processor it is so anyway',
    );
  value('--seed <n>', 'the same seed gives the same network', integer, (s) => s.seed);
  command
    .option('--no-augmentation', 'train on the images as they are')
    .option('--no-flip-horizontal', 'never mirror left and right')
    .option('--flip-vertical', 'mirror up and down as well');
  value('--rotation <degrees>', 'largest rotation either way', number, (s) => s.augmentation.rotation);
  value('--shift <fraction>', 'largest shift, of the side', number, (s) => s.augmentation.shift);
  value('--zoom <fraction>', 'largest zoom in or out', number, (s) => s.augmentation.zoom);
  value('--brightness <fraction>', 'largest change, of full scale', number, (s) => s.augmentation.brightness);
  value('--contrast <fraction>', 'largest change', number, (s) => s.augmentation.contrast);
}
