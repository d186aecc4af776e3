import { z } from 'zod';
import { NetworkName } from './networks.ts';
import {
  augmentationRows,
  pixelRows,
  runRows,
  settingGroups,
  type Need,
  type SettingRow,
  type Start,
} from './settings-table.ts';

type Rows = Readonly<Record<string, { schema: z.ZodType; standard: unknown }>>;
type SchemasOf<R extends Rows> = { [K in keyof R]: R[K]['schema'] };
/** A row's schema without its default. */
type Bare<S> = S extends z.ZodDefault<infer T> ? T : S;
type ChangesOf<R extends Rows> = { [K in keyof R]: z.ZodOptional<Bare<R[K]['schema']> & z.ZodType> };

const bare = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;

const mapped = (rows: Rows, of: (schema: z.ZodType) => z.ZodType): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(rows).map(([key, { schema }]) => [key, of(schema)]));
const schemasOf = <R extends Rows>(rows: R) => mapped(rows, (schema) => schema) as SchemasOf<R>;
const changesOf = <R extends Rows>(rows: R) =>
  mapped(rows, (schema) => bare(schema).optional()) as unknown as ChangesOf<R>;

/** How a decoded picture becomes the network's square input. Saved with each run, and used again to predict. */
export const Preprocessing = z.object({
  /** Incremented whenever the same file could give different pixels. 1: before windows and crops. */
  version: z.union([z.literal(1), z.literal(2)]),
  ...schemasOf(pixelRows),
});
export type Preprocessing = z.infer<typeof Preprocessing>;

/** Random changes to each training image in the graph; 0 or false turns one off. */
export const Augmentation = z.object(schemasOf(augmentationRows));
export type Augmentation = z.infer<typeof Augmentation>;

/** No changes at all. */
export const noAugmentation = Object.fromEntries(
  Object.entries(augmentationRows).map(([key, { standard }]) => [
    key,
    typeof standard === 'boolean' ? false : 0,
  ]),
) as Augmentation;

/** A layer of an imported network between its last maps and its output unit; weights `head_N/…`, N from 1. */
export const HeadLayer = z.discriminatedUnion('kind', [
  /** Mean or maximum of windows, without padding. */
  z.object({ kind: z.literal('averagePool'), window: z.int().min(1), stride: z.int().min(1) }),
  z.object({ kind: z.literal('maxPool'), window: z.int().min(1), stride: z.int().min(1) }),
  /** Mean of the maps, or their values flattened. */
  z.object({ kind: z.literal('globalAverage') }),
  z.object({ kind: z.literal('flatten') }),
  z.object({ kind: z.literal('dense'), units: z.int().min(1).max(65_536) }),
  /** Each value · gamma + beta, to which batch normalisation reduces. */
  z.object({ kind: z.literal('affine') }),
  z.object({ kind: z.literal('activation'), of: z.enum(['relu', 'relu6', 'sigmoid', 'tanh', 'swish']) }),
]);
export type HeadLayer = z.infer<typeof HeadLayer>;

const PerChannel = z.tuple([z.number(), z.number(), z.number()]);

/** How an imported model differs from a run of Falx. */
export const ImportedModel = z.object({
  /** Base name of its file, and the file's SHA-256. */
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Keras version that wrote it, as the file says; null if it doesn't. */
  keras: z.string().nullable(),
  /** Fraction of the network's channels that it has. */
  width: z.number().positive().max(1),
  /** Of pixels 0…255, RGB, or reversed for `bgr`: · scale + offset. Null: as the network's own. */
  rescaling: z.object({ bgr: z.boolean(), scale: PerChannel, offset: PerChannel }).nullable(),
  /** Empty: the means of the last maps, as in Falx's own. */
  head: z.array(HeadLayer).max(16),
});
export type ImportedModel = z.infer<typeof ImportedModel>;

/** Everything that determines the outcome of a training run besides the data. */
export const TrainingSettings = z.object({
  network: NetworkName,
  pixels: Preprocessing,
  ...schemasOf(runRows),
  augmentation: Augmentation,
  /** Only for an imported model: the training settings are then not its own. */
  imported: ImportedModel.optional(),
});
export type TrainingSettings = z.infer<typeof TrainingSettings>;

/** Default settings for a network. @param pretrained whether it starts from pretrained weights. @param epochs in total. */
export function defaultSettings(
  network: NetworkName,
  pretrained: boolean,
  imageSize: number = pixelRows.imageSize.standard as number,
  epochs = 12,
): TrainingSettings {
  const start = { pretrained, epochs };
  return {
    network,
    pixels: { version: 2, ...standardsOf(pixelRows, start), imageSize },
    ...standardsOf(runRows, start),
    augmentation: standardsOf(augmentationRows, start),
  };
}

type ValuesOf<R extends Rows> = { [K in keyof R]: z.output<R[K]['schema']> };
const standardsOf = <R extends Rows>(rows: R, start: Start) =>
  Object.fromEntries(
    Object.entries(rows).map(([key, { standard }]) => [
      key,
      typeof standard === 'function' ? (standard as (of: Start) => unknown)(start) : standard,
    ]),
  ) as ValuesOf<R>;

/** A user's changes to the defaults; what is left out takes the default for the network and its weights. */
export const SettingsChange = z.object({
  ...changesOf(pixelRows),
  ...changesOf(runRows),
  /** `false` turns all augmentation off. */
  augmentation: z.union([z.object(changesOf(augmentationRows)), z.literal(false)]).optional(),
});
export type SettingsChange = z.infer<typeof SettingsChange>;

/** Key of a setting in a change. */
export type SettingKey =
  keyof typeof pixelRows | keyof typeof runRows | `augmentation.${keyof typeof augmentationRows}`;
/** Key of its texts: without the section it is stored in. */
export type SettingName = keyof typeof pixelRows | keyof typeof runRows | keyof typeof augmentationRows;

const { weights, ...ofRun } = runRows;

/** Every setting that a user may change, group by group, in the order of the rows. */
export const settingRows: ReadonlyMap<SettingKey, SettingRow> = new Map(
  Object.entries<SettingRow>({
    weights,
    ...pixelRows,
    ...ofRun,
    ...Object.fromEntries(Object.entries(augmentationRows).map(([key, row]) => [`augmentation.${key}`, row])),
  })
    .map(([key, row]) => [key as SettingKey, row] as const)
    .sort(([, one], [, other]) => settingGroups.indexOf(one.group) - settingGroups.indexOf(other.group)),
);

export const nameOf = (key: SettingKey): SettingName => key.replace('augmentation.', '') as SettingName;

export function rowOf(key: SettingKey): SettingRow {
  const row = settingRows.get(key);
  if (!row) throw new Error(`there is no setting ${key}`);
  return row;
}

/** The valid values of a setting. */
export const schemaOf = (key: SettingKey): z.ZodType => bare(rowOf(key).schema);

/** Limits of a number; `above`: the minimum itself is not allowed. */
export type Range = { min: number; max: number; above: boolean; whole: boolean };

/** The range of a number; null for a choice or a switch. */
export function rangeOf(key: SettingKey): Range | null {
  const schema = schemaOf(key);
  if (!(schema instanceof z.ZodNumber)) return null;
  const [min, max] = [schema.minValue ?? -Infinity, schema.maxValue ?? Infinity];
  return { min, max, above: !schema.safeParse(min).success, whole: schema.isInt };
}

/** The values of a choice; null for a number, a switch, and the weights, which may be a file. */
export function choicesOf(key: SettingKey): readonly string[] | null {
  const schema = schemaOf(key);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : null;
}

export type SettingValue = number | string | boolean;
export type SettingValues = Record<SettingKey, SettingValue>;

/** Settings as a flat object, one value per key. */
export function flatten({
  network: _,
  imported: __,
  pixels,
  augmentation,
  ...rest
}: TrainingSettings): SettingValues {
  const { version: ___, ...path } = pixels;
  const changes = Object.entries(augmentation).map(([key, value]) => [`augmentation.${key}`, value] as const);
  return { ...rest, ...path, ...Object.fromEntries(changes) } as SettingValues;
}

/** The defaults for the network, weights and length of a run, with which its settings are compared. */
export function standardFor({ network, weights, epochs }: TrainingSettings): SettingValues {
  const usual = defaultSettings(network, weights !== 'none');
  // A short run has a shorter head phase: that follows from its length and is not a change.
  return flatten({
    ...defaultSettings(network, weights !== 'none', undefined, epochs),
    epochs: usual.epochs,
  });
}

export type ChangedSetting = { key: SettingKey; value: SettingValue; standard: SettingValue };

/** What differs from {@link standardFor}, in the order of the rows. */
export function changedSettings(settings: TrainingSettings): ChangedSetting[] {
  const [values, standards] = [flatten(settings), standardFor(settings)];
  return [...settingRows.keys()]
    .map((key) => ({ key, value: values[key], standard: standards[key] }))
    .filter(({ value, standard }) => value !== standard);
}

/** The inverse of {@link flatten}: flat values as a change. Nothing is validated. */
export function unflatten(values: { readonly [K in SettingKey]?: unknown }): SettingsChange {
  const change: Record<string, unknown> = {};
  const augmentation: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith('augmentation.')) augmentation[nameOf(key as SettingKey)] = value;
    else change[key] = value;
  }
  return { ...change, ...(Object.keys(augmentation).length > 0 ? { augmentation } : {}) };
}

/** The settings that needs depend on. */
export type Deciding = Pick<TrainingSettings, 'weights' | 'unfreeze' | 'headEpochs' | 'optimiser'>;

/** Whether a need is met, for those that depend on settings; the others depend on the split and the devices. */
const met: Readonly<Partial<Record<Need, (settings: Deciding) => boolean>>> = {
  pretrained: ({ weights }) => weights !== 'none',
  backbone: ({ unfreeze }) => unfreeze !== 'none',
  headPhase: ({ weights, unfreeze, headEpochs }) =>
    weights !== 'none' && (unfreeze === 'none' || headEpochs > 0),
  sgd: ({ optimiser }) => optimiser === 'sgd',
  adamw: ({ optimiser }) => optimiser === 'adamw',
};
export const isMet = (need: Need, settings: Deciding): boolean => met[need]?.(settings) ?? true;
