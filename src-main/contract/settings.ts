import { z } from 'zod';
import { ImageSize, NetworkName } from './networks.ts';

/** How a decoded picture becomes the square the network sees. Saved with each run, used again to predict. */
export const PixelPath = z.object({
  /** Raised whenever the same file could give other pixels. 1: before windows and crops. */
  version: z.union([z.literal(1), z.literal(2)]),
  imageSize: ImageSize,
  /** `stretch`: width and height scaled on their own; `pad`: aspect kept, black borders. */
  canvas: z.enum(['stretch', 'pad']),
  /** `head`: what lies outside the head is cut off first, so that neither border nor placing tells; `none`: all is kept. */
  crop: z.enum(['none', 'head']).default('none'),
  /**
   * How more than 8 bits become 8. `file`: the DICOM VOI window, where there is one, else percentiles; `percentiles`:
   * the 0.5th becomes 0 and the 99.5th 255, whatever the file says. Pictures of 8 bits stay as they are.
   */
  window: z.enum(['file', 'percentiles']).default('file'),
});
export type PixelPath = z.infer<typeof PixelPath>;

/** Random changes made to each training image in the graph; 0 or false turns one off. */
export const Augmentation = z.object({
  flipHorizontal: z.boolean().default(true),
  flipVertical: z.boolean().default(false),
  /** Largest rotation either way, degrees. */
  rotation: z.number().min(0).max(180).default(10),
  /** Largest shift either way, fraction of the side. */
  shift: z.number().min(0).max(0.5).default(0.05),
  /** Largest zoom in or out, fraction. */
  zoom: z.number().min(0).max(0.5).default(0.1),
  /** Largest change of brightness either way, fraction of full scale. */
  brightness: z.number().min(0).max(1).default(0.1),
  /** Largest change of contrast either way, fraction. */
  contrast: z.number().min(0).max(1).default(0.1),
});
export type Augmentation = z.infer<typeof Augmentation>;

/** Images as they are. */
export const noAugmentation: Augmentation = {
  flipHorizontal: false,
  flipVertical: false,
  rotation: 0,
  shift: 0,
  zoom: 0,
  brightness: 0,
  contrast: 0,
};

/** Everything that decides the outcome of a training run besides the data. */
export const TrainingSettings = z.object({
  network: NetworkName,
  pixels: PixelPath,
  /** `none`: from scratch; `imagenet`: the stored ImageNet file of this network; else a path to a weight file. */
  weights: z.union([z.literal('none'), z.literal('imagenet'), z.string().min(1)]),
  /** Part of the backbone that is trained after the head. Without pretrained weights it is always `all`. */
  unfreeze: z.enum(['none', 'last', 'all']),
  /** `inference`: statistics frozen; `batch`: statistics learned. */
  batchNorm: z.enum(['inference', 'batch']),
  /** Epochs that train the head alone, before the backbone is unfrozen. */
  headEpochs: z.int().min(0).max(1000),
  /** Epochs in all, the head's included. */
  epochs: z.int().min(1).max(1000),
  batchSize: z.int().min(1).max(512),
  optimiser: z.enum(['sgd', 'adam', 'adamw']),
  /** Peak rate of the second phase (of the only one when training from scratch). */
  learningRate: z.number().positive().max(10),
  headLearningRate: z.number().positive().max(10),
  schedule: z.enum(['constant', 'cosine']),
  /** Part of all steps over which the rate rises from 0. */
  warmUp: z.number().min(0).max(0.5),
  momentum: z.number().min(0).max(0.999),
  /** AdamW's decoupled decay. */
  weightDecay: z.number().min(0).max(1),
  /** L2 penalty on kernels, added to the loss: l2 × Σ w². */
  l2: z.number().min(0).max(1),
  dropout: z.number().min(0).max(0.9),
  labelSmoothing: z.number().min(0).max(0.5),
  /** `balanced`: n / (2 n_class); `none`: 1. */
  classWeights: z.enum(['balanced', 'none']),
  augmentation: Augmentation,
  /**
   * Numbers of the maps inside the backbone while training: `float32`, or `bfloat16` (8 significant bits; weights,
   * statistics, loss and optimiser stay float32), for processors with such instructions. Micikevicius et al., 2018,
   * arXiv:1710.03740; Kalamkar et al., 2019, arXiv:1905.12322.
   */
  precision: z.enum(['float32', 'bfloat16']).default('float32'),
  /**
   * Whether a GPU may round the factors of float32 products to 10 significant bits while training (TensorFloat-32);
   * evaluation and prediction never do. Only GPUs of compute capability 8.0 and later know it.
   */
  tensorFloat32: z.boolean().default(true),
  /**
   * Whether the same run gives the same weights each time on the same GPU, by operations that add up in a fixed order;
   * on a processor it does anyway.
   */
  deterministic: z.boolean().default(false),
  /** Epochs without a lower validation loss before training stops; 0 never stops early. */
  patience: z.int().min(0).max(1000),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
});
export type TrainingSettings = z.infer<typeof TrainingSettings>;

/**
 * Sound settings for a network.
 * @param pretrained whether weights are given; fine-tuning and training from scratch want different ones.
 * @param epochs in all: a short run keeps the larger part of them for the backbone.
 */
export function defaultSettings(
  network: NetworkName,
  pretrained: boolean,
  imageSize = 224,
  epochs = 12,
): TrainingSettings {
  return {
    network,
    pixels: { version: 2, imageSize, canvas: 'stretch', crop: 'none', window: 'file' },
    weights: pretrained ? 'imagenet' : 'none',
    unfreeze: 'all',
    batchNorm: pretrained ? 'inference' : 'batch',
    headEpochs: pretrained ? Math.min(2, Math.floor(epochs / 3)) : 0,
    epochs,
    batchSize: 16,
    optimiser: 'adamw',
    learningRate: pretrained ? 2e-4 : 1e-3,
    headLearningRate: 1e-3,
    schedule: 'cosine',
    warmUp: 0.05,
    momentum: 0.9,
    weightDecay: 1e-4,
    l2: 0,
    dropout: 0.2,
    // Fine-tuning soon knows its few images by heart; this keeps it from growing too sure of them.
    labelSmoothing: pretrained ? 0.1 : 0,
    classWeights: 'balanced',
    augmentation: Augmentation.parse({}),
    precision: 'float32',
    tensorFloat32: true,
    deterministic: false,
    patience: 5,
    seed: 7,
  };
}

/** What a person changes of the defaults; what is left out takes the default for the network and its weights. */
export const SettingsChange = TrainingSettings.omit({ network: true, pixels: true, augmentation: true })
  .partial()
  .extend({
    imageSize: ImageSize.optional(),
    canvas: PixelPath.shape.canvas.optional(),
    crop: z.enum(['none', 'head']).optional(),
    window: z.enum(['file', 'percentiles']).optional(),
    /** `false` turns every change off. */
    augmentation: z.union([Augmentation.partial(), z.literal(false)]).optional(),
  });
export type SettingsChange = z.infer<typeof SettingsChange>;
