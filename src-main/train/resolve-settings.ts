import { FalxError } from '../contract/errors.ts';
import type { NetworkName } from '../contract/networks.ts';
import {
  defaultSettings,
  flatten,
  noAugmentation,
  type SettingKey,
  settingRows,
  type SettingsChange,
  TrainingSettings,
} from '../contract/settings.ts';
import { pixelRows } from '../contract/settings-table.ts';

/**
 * The settings of one run.
 * @param weights what `overrides.weights` came to: `none`, `imagenet` or a file.
 * @throws FalxError `bad-usage` naming the setting that is out of range or goes with no other.
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

/** Without the values that are undefined: they leave the default as it is. */
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
      throw usage(key, `"${key}" can't be more than "${atMost}": ${value} of ${values[atMost]} epochs.`);
    if (fromScratch !== undefined && settings.weights === 'none' && value !== fromScratch)
      throw usage(
        key,
        `Without pretrained weights ${reasons[key] ?? `"${key}" must be ${JSON.stringify(fromScratch)}`}, but "${key}" is ` +
          `"${value}". Leave it out, or give weights.`,
      );
  }
}

/** Why a setting must be what it must be from scratch. */
const reasons: Partial<Record<SettingKey, string>> = {
  unfreeze: 'the whole network must be trained',
  batchNorm: 'batch normalisation must learn its statistics',
};

function outOfRange(issue: { path: PropertyKey[]; message: string }, settings: unknown): FalxError {
  const name = issue.path.join('.');
  const received = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
    settings,
  );
  return usage(name, `${JSON.stringify(received)} is no ${name}: ${issue.message}.`);
}

function usage(setting: string, message: string): FalxError {
  return new FalxError('bad-usage', message, { setting });
}
