import type { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import type { ParametersOf } from '../contract/messages/catalogue.ts';
import type { NetworkName } from '../contract/networks.ts';
import {
  defaultSettings,
  flatten,
  noAugmentation,
  settingRows,
  type SettingsChange,
  TrainingSettings,
} from '../contract/settings.ts';
import { pixelRows } from '../contract/settings-table.ts';

/**
 * The settings of one run.
 * @param weights the resolved `overrides.weights`: `none`, `imagenet` or a file.
 * @throws FalxError `bad-usage` naming a setting that is out of range or conflicts with another.
 */
export function resolveSettings(
  network: NetworkName,
  weights: string,
  overrides: SettingsChange,
): TrainingSettings {
  const pretrained = weights !== 'none';
  const { augmentation, ...changes } = given(overrides);
  const isPixels = (key: string) => Object.hasOwn(pixelRows, key);
  const defaults = defaultSettings(network, pretrained, changes.imageSize, changes.epochs);
  const settings = {
    ...defaults,
    ...only(changes, (key) => !isPixels(key)),
    weights,
    pixels: { ...defaults.pixels, ...only(changes, isPixels) },
    augmentation:
      augmentation === false ? noAugmentation : { ...defaults.augmentation, ...given(augmentation ?? {}) },
  };
  const checked = TrainingSettings.safeParse(settings);
  if (!checked.success) throw outOfRange(checked.error.issues[0]!, settings);
  refuseContradictions(checked.data);
  return checked.data;
}

/** Without undefined values, which leave the default unchanged. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const only = (values: object, wanted: (key: string) => boolean): object =>
  Object.fromEntries(Object.entries(values).filter(([key]) => wanted(key)));

function refuseContradictions(settings: TrainingSettings): void {
  const values = flatten(settings);
  for (const [key, { atMost, fromScratch }] of settingRows) {
    const value = values[key];
    if (atMost !== undefined && value > values[atMost])
      throw new FalxError('settingTooLarge', {
        setting: key,
        most: atMost,
        value: String(value),
        limit: String(values[atMost]),
      });
    if (fromScratch !== undefined && settings.weights === 'none' && value !== fromScratch)
      throw new FalxError('settingFromScratch', {
        setting: key,
        needed: JSON.stringify(fromScratch),
        value: String(value),
      });
  }
}

function outOfRange(issue: z.core.$ZodIssue, settings: unknown): FalxError {
  const received = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
    settings,
  );
  return new FalxError('settingInvalid', {
    setting: String(issue.path.at(-1)),
    value: JSON.stringify(received) ?? 'none',
    ...limitOf(issue),
  });
}

/** The violated limit of a number; otherwise the schema's own words. */
function limitOf(issue: z.core.$ZodIssue): Pick<ParametersOf<'settingInvalid'>, 'must' | 'limit' | 'detail'> {
  if (issue.code === 'too_small')
    return { must: issue.inclusive ? 'atLeast' : 'moreThan', limit: String(issue.minimum) };
  if (issue.code === 'too_big')
    return { must: issue.inclusive ? 'atMost' : 'lessThan', limit: String(issue.maximum) };
  return { must: 'other', limit: 'none', detail: { from: 'zod', text: issue.message } };
}
