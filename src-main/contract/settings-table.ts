import { z } from 'zod';
import { ImageSize } from './networks.ts';

/**
 * The settings of a training, one row per setting. Storage and validation, defaults, the options of "falx train" and their help,
 * the window's form and its errors, and the settings shown for a run come from these rows; their texts are in
 * `messages/<language>/training-settings.json`, by the row's name. What a setting does is implemented where it is used: `train/`.
 */

/** In display order. */
export const settingGroups = [
  'pixels',
  'schedule',
  'optimiser',
  'regularisation',
  'augmentation',
  'reproducibility',
] as const;
export type SettingGroup = (typeof settingGroups)[number];

/** What defaults depend on. @see defaultSettings */
export type Start = {
  /** Fine-tuning and training from scratch have different defaults. */
  pretrained: boolean;
  /** In total: a short run keeps most of them for the backbone. */
  epochs: number;
};

/** Condition for a setting to have an effect; otherwise it is shown as having none, and not sent. */
export type Need =
  | 'pretrained'
  /** The backbone is trained, not only the head. */
  | 'backbone'
  /** The head is trained alone at first. */
  | 'headPhase'
  | 'sgd'
  | 'adamw'
  /** The split has a validation set. */
  | 'validation'
  /** Batch normalisation is still separate layers in the stored weights, not folded into others. */
  | 'unfoldedNormalisation'
  /** Every device used for training supports it. */
  | 'bfloat16'
  | 'tensorFloat32'
  | 'gpu';

export type SettingRow<S extends z.ZodType = z.ZodType> = {
  /** Its valid values; with a `.default` if records of earlier versions of Falx lack it: what these did. */
  schema: S;
  /** Its default. */
  standard: z.output<S> | ((start: Start) => z.output<S>);
  group: SettingGroup;
  /** Option of "falx train". A choice or number takes a value; a switch inverts its default. */
  option: string;
  /** For a number: the step of the arrow keys, and its unit. */
  step?: number;
  unit?: string;
  needs?: readonly Need[];
  /** The only valid value without pretrained weights. */
  fromScratch?: z.output<S>;
  /** The setting whose value it must not exceed. */
  atMost?: 'epochs';
};

/** Checks a row against its own schema. */
const setting = <S extends z.ZodType>(row: SettingRow<S>): SettingRow<S> => row;

/** How a decoded picture becomes the network's square input: stored as a run's `pixels`, and used again to predict. */
export const pixelRows = {
  imageSize: setting({
    schema: ImageSize,
    standard: 224,
    group: 'pixels',
    option: '--size <px>',
    step: 32,
    unit: 'px',
  }),
  /** `stretch`: width and height scaled independently; `pad`: aspect ratio kept, black borders. */
  canvas: setting({
    schema: z.enum(['stretch', 'pad']),
    standard: 'stretch',
    group: 'pixels',
    option: '--canvas <how>',
  }),
  /**
   * `head`: what lies outside the head is cut off first, so that neither border nor position can serve as a shortcut; `none`:
   * nothing is cut off.
   */
  crop: setting({
    schema: z.enum(['none', 'head']).default('none'),
    standard: 'none',
    group: 'pixels',
    option: '--crop <how>',
  }),
  /**
   * How more than 8 bits are reduced to 8. `file`: the DICOM VOI window, if there is one, otherwise percentiles; `percentiles`: the
   * 0.5th becomes 0 and the 99.5th 255, whatever the file says. 8-bit pictures are unchanged.
   */
  window: setting({
    schema: z.enum(['file', 'percentiles']).default('file'),
    standard: 'file',
    group: 'pixels',
    option: '--window <how>',
  }),
} as const;

/** What determines the outcome of a run besides its data, network, pixels and augmentation. */
export const runRows = {
  /** `none`: from scratch; `imagenet`: the stored ImageNet file of this network; otherwise a path to a weight file. */
  weights: setting({
    schema: z.union([z.literal('none'), z.literal('imagenet'), z.string().min(1)]),
    standard: ({ pretrained }) => (pretrained ? 'imagenet' : 'none'),
    group: 'pixels',
    option: '--weights <which>',
  }),
  /** `balanced`: n / (2 n_class); `none`: 1. */
  classWeights: setting({
    schema: z.enum(['balanced', 'none']),
    standard: 'balanced',
    group: 'pixels',
    option: '--class-weights <how>',
  }),
  /** Fraction of the training set that is used, whole groups of each class, drawn by the seed; `train/train-share.ts`. */
  trainShare: setting({
    schema: z.number().min(0.01).max(1).default(1),
    standard: 1,
    group: 'pixels',
    option: '--train-share <fraction>',
    step: 0.05,
  }),

  /** In total, the head's included. */
  epochs: setting({
    schema: z.int().min(1).max(1000),
    standard: ({ epochs }) => epochs,
    group: 'schedule',
    option: '--epochs <n>',
    step: 1,
  }),
  /** Epochs that train only the head, before the backbone is unfrozen. */
  headEpochs: setting({
    schema: z.int().min(0).max(1000),
    standard: ({ pretrained, epochs }) => (pretrained ? Math.min(2, Math.floor(epochs / 3)) : 0),
    group: 'schedule',
    option: '--head-epochs <n>',
    step: 1,
    needs: ['pretrained', 'backbone'],
    atMost: 'epochs',
  }),
  /** The part of the backbone that is trained after the head. */
  unfreeze: setting({
    schema: z.enum(['none', 'last', 'all']),
    standard: 'all',
    group: 'schedule',
    option: '--unfreeze <part>',
    fromScratch: 'all',
  }),
  /** Epochs without a lower validation loss before training stops; 0: no early stopping. */
  patience: setting({
    schema: z.int().min(0).max(1000),
    standard: 5,
    group: 'schedule',
    option: '--patience <n>',
    step: 1,
    needs: ['validation'],
  }),
  schedule: setting({
    schema: z.enum(['constant', 'cosine']),
    standard: 'cosine',
    group: 'schedule',
    option: '--schedule <name>',
  }),
  /** Fraction of all steps over which the rate rises from 0. */
  warmUp: setting({
    schema: z.number().min(0).max(0.5),
    standard: 0.05,
    group: 'schedule',
    option: '--warm-up <fraction>',
    step: 0.01,
  }),

  optimiser: setting({
    schema: z.enum(['sgd', 'adam', 'adamw']),
    standard: 'adamw',
    group: 'optimiser',
    option: '--optimiser <name>',
  }),
  /** Peak rate of the second phase (of the only one when training from scratch). */
  learningRate: setting({
    schema: z.number().positive().max(10),
    standard: ({ pretrained }) => (pretrained ? 2e-4 : 1e-3),
    group: 'optimiser',
    option: '--learning-rate <x>',
    step: 0.0001,
    needs: ['backbone'],
  }),
  headLearningRate: setting({
    schema: z.number().positive().max(10),
    standard: 1e-3,
    group: 'optimiser',
    option: '--head-learning-rate <x>',
    step: 0.0001,
    needs: ['headPhase'],
  }),
  batchSize: setting({
    schema: z.int().min(1).max(512),
    standard: 16,
    group: 'optimiser',
    option: '--batch <n>',
    step: 1,
  }),
  momentum: setting({
    schema: z.number().min(0).max(0.999),
    standard: 0.9,
    group: 'optimiser',
    option: '--momentum <x>',
    step: 0.01,
    needs: ['sgd'],
  }),
  /**
   * Precision of activations inside the backbone while training: `float32`, or `bfloat16` (8 significant bits; weights, statistics,
   * loss and optimiser stay float32), for processors with such instructions. Micikevicius et al., 2018, arXiv:1710.03740; Kalamkar
   * et al., 2019, arXiv:1905.12322.
   */
  precision: setting({
    schema: z.enum(['float32', 'bfloat16']).default('float32'),
    standard: 'float32',
    group: 'optimiser',
    option: '--precision <type>',
    needs: ['bfloat16'],
  }),
  /**
   * Whether a GPU may round the factors of float32 products to 10 significant bits while training (TensorFloat-32); evaluation and
   * prediction never do. Only GPUs of compute capability 8.0 and later support it.
   */
  tensorFloat32: setting({
    schema: z.boolean().default(true),
    standard: true,
    group: 'optimiser',
    option: '--exact',
    needs: ['tensorFloat32'],
  }),

  dropout: setting({
    schema: z.number().min(0).max(0.9),
    standard: 0.2,
    group: 'regularisation',
    option: '--dropout <fraction>',
    step: 0.05,
  }),
  labelSmoothing: setting({
    schema: z.number().min(0).max(0.5),
    // Fine-tuning soon memorises its few images; this limits overconfidence.
    standard: ({ pretrained }) => (pretrained ? 0.1 : 0),
    group: 'regularisation',
    option: '--label-smoothing <fraction>',
    step: 0.05,
  }),
  /** AdamW's decoupled decay. */
  weightDecay: setting({
    schema: z.number().min(0).max(1),
    standard: 1e-4,
    group: 'regularisation',
    option: '--weight-decay <x>',
    step: 0.0001,
    needs: ['adamw'],
  }),
  /** L2 penalty on kernels, added to the loss: l2 × Σ w². */
  l2: setting({
    schema: z.number().min(0).max(1),
    standard: 0,
    group: 'regularisation',
    option: '--l2 <x>',
    step: 0.0001,
  }),
  /** `inference`: statistics frozen; `batch`: statistics learned. */
  batchNorm: setting({
    schema: z.enum(['inference', 'batch']),
    standard: ({ pretrained }) => (pretrained ? 'inference' : 'batch'),
    group: 'regularisation',
    option: '--batch-norm <mode>',
    needs: ['unfoldedNormalisation'],
    fromScratch: 'batch',
  }),

  seed: setting({
    schema: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    standard: 7,
    group: 'reproducibility',
    option: '--seed <n>',
    step: 1,
  }),
  /**
   * Whether the same run gives the same weights each time on the same GPU, by operations that add in a fixed order; on a processor
   * it always does.
   */
  deterministic: setting({
    schema: z.boolean().default(false),
    standard: false,
    group: 'reproducibility',
    option: '--deterministic',
    needs: ['gpu'],
  }),
} as const;

/** Random changes to each training image in the graph; 0 or false turns one off. */
export const augmentationRows = {
  flipHorizontal: setting({
    schema: z.boolean().default(true),
    standard: true,
    group: 'augmentation',
    option: '--no-flip-horizontal',
  }),
  flipVertical: setting({
    schema: z.boolean().default(false),
    standard: false,
    group: 'augmentation',
    option: '--flip-vertical',
  }),
  /** Largest rotation in either direction, degrees. */
  rotation: setting({
    schema: z.number().min(0).max(180).default(10),
    standard: 10,
    group: 'augmentation',
    option: '--rotation <degrees>',
    step: 1,
    unit: '°',
  }),
  /** Largest shift in either direction, fraction of the side. */
  shift: setting({
    schema: z.number().min(0).max(0.5).default(0.05),
    standard: 0.05,
    group: 'augmentation',
    option: '--shift <fraction>',
    step: 0.01,
  }),
  /** Largest zoom in or out, fraction. */
  zoom: setting({
    schema: z.number().min(0).max(0.5).default(0.1),
    standard: 0.1,
    group: 'augmentation',
    option: '--zoom <fraction>',
    step: 0.01,
  }),
  /** Largest change of brightness in either direction, fraction of full scale. */
  brightness: setting({
    schema: z.number().min(0).max(1).default(0.1),
    standard: 0.1,
    group: 'augmentation',
    option: '--brightness <fraction>',
    step: 0.01,
  }),
  /** Largest change of contrast in either direction, fraction. */
  contrast: setting({
    schema: z.number().min(0).max(1).default(0.1),
    standard: 0.1,
    group: 'augmentation',
    option: '--contrast <fraction>',
    step: 0.01,
  }),
} as const;
