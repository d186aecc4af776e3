import { z } from 'zod';
import {
  type Augmentation,
  type SettingsChange,
  TrainingSettings,
} from '../../../src-main/contract/settings.ts';

/** Every setting a person may change, as data: what the advanced form shows, and in which order. */

export type FieldKey = Exclude<keyof SettingsChange, 'augmentation'> | `augmentation.${keyof Augmentation}`;
/** Null is a number field left empty; it is never sent. */
export type Value = number | string | boolean | null;
export type Values = Record<FieldKey, Value>;
export type Changes = Partial<Values>;

export const groupNames = [
  'pixels',
  'schedule',
  'optimiser',
  'regularisation',
  'augmentation',
  'reproducibility',
] as const;
export type GroupName = (typeof groupNames)[number];

/** From where to where a number may be; `above` where the smallest itself is not allowed. */
export type Range = { min: number; max: number; above: boolean; whole: boolean };

export type Field = {
  key: FieldKey;
  group: GroupName;
  /** Of a number: how far one press of the arrow keys goes, and what it is counted in. */
  step?: number;
  unit?: string;
};

/** `epochs`, `rotation`: what its messages are called (`train.field.…`, `train.help.…`, `train.choice.…`). */
export const nameOf = (key: FieldKey): string => key.replace('augmentation.', '');

export const fields: readonly Field[] = [
  { key: 'weights', group: 'pixels' },
  { key: 'imageSize', group: 'pixels', step: 32, unit: 'px' },
  { key: 'canvas', group: 'pixels' },
  { key: 'crop', group: 'pixels' },
  { key: 'window', group: 'pixels' },
  { key: 'classWeights', group: 'pixels' },

  { key: 'epochs', group: 'schedule', step: 1 },
  { key: 'headEpochs', group: 'schedule', step: 1 },
  { key: 'unfreeze', group: 'schedule' },
  { key: 'patience', group: 'schedule', step: 1 },
  { key: 'schedule', group: 'schedule' },
  { key: 'warmUp', group: 'schedule', step: 0.01 },

  { key: 'optimiser', group: 'optimiser' },
  { key: 'learningRate', group: 'optimiser', step: 0.0001 },
  { key: 'headLearningRate', group: 'optimiser', step: 0.0001 },
  { key: 'batchSize', group: 'optimiser', step: 1 },
  { key: 'momentum', group: 'optimiser', step: 0.01 },
  { key: 'precision', group: 'optimiser' },
  { key: 'tensorFloat32', group: 'optimiser' },

  { key: 'dropout', group: 'regularisation', step: 0.05 },
  { key: 'labelSmoothing', group: 'regularisation', step: 0.05 },
  { key: 'weightDecay', group: 'regularisation', step: 0.0001 },
  { key: 'l2', group: 'regularisation', step: 0.0001 },
  { key: 'batchNorm', group: 'regularisation' },

  { key: 'augmentation.flipHorizontal', group: 'augmentation' },
  { key: 'augmentation.flipVertical', group: 'augmentation' },
  { key: 'augmentation.rotation', group: 'augmentation', step: 1, unit: '°' },
  { key: 'augmentation.shift', group: 'augmentation', step: 0.01 },
  { key: 'augmentation.zoom', group: 'augmentation', step: 0.01 },
  { key: 'augmentation.brightness', group: 'augmentation', step: 0.01 },
  { key: 'augmentation.contrast', group: 'augmentation', step: 0.01 },

  { key: 'seed', group: 'reproducibility', step: 1 },
  { key: 'deterministic', group: 'reproducibility' },
];

const { pixels, augmentation, ...rest } = TrainingSettings.shape;
const schemas: Record<string, z.ZodType> = {
  ...rest,
  ...pixels.shape,
  ...Object.fromEntries(
    Object.entries(augmentation.shape).map(([key, schema]) => [`augmentation.${key}`, schema]),
  ),
};

/** What the contract allows a setting to be. */
export function schemaOf(key: FieldKey): z.ZodType {
  const schema = schemas[key];
  if (!schema) throw new Error(`the contract has no setting ${key}`);
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}

/** The range of a number; null for a choice or a switch. */
export function rangeOf(key: FieldKey): Range | null {
  const schema = schemaOf(key);
  if (!(schema instanceof z.ZodNumber)) return null;
  const [min, max] = [schema.minValue ?? -Infinity, schema.maxValue ?? Infinity];
  return { min, max, above: !schema.safeParse(min).success, whole: schema.isInt };
}

/** The values of a choice; null for a number or a switch. The choice of weights takes any file beside them. */
export function choicesOf(key: FieldKey): readonly string[] | null {
  if (key === 'weights') return weightChoices;
  const schema = schemaOf(key);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : null;
}

/** `auto`: ImageNet where the file is stored, else from scratch; `file`: one of the person's own. */
export const weightChoices = ['auto', 'imagenet', 'none', 'file'] as const;

/** Settings as the form holds them: one value a key. */
export function flatten({ network: _, pixels, augmentation, ...rest }: TrainingSettings): Values {
  const changes = Object.entries(augmentation).map(([key, value]) => [`augmentation.${key}`, value] as const);
  return {
    ...rest,
    imageSize: pixels.imageSize,
    canvas: pixels.canvas,
    crop: pixels.crop,
    window: pixels.window,
    ...Object.fromEntries(changes),
  } as Values;
}

/** What the core is asked for: the other way round. */
export function unflatten(changes: Changes): SettingsChange {
  const change: Record<string, unknown> = {};
  const augmentation: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(changes)) {
    const [, inner] = key.split('augmentation.');
    if (inner === undefined) change[key] = value;
    else augmentation[inner] = value;
  }
  return {
    ...change,
    ...(Object.keys(augmentation).length > 0 ? { augmentation } : {}),
  };
}
