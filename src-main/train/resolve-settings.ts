import { FalxError } from '../contract/errors.ts';
import type { NetworkName } from '../contract/networks.ts';
import {
  defaultSettings,
  noAugmentation,
  type SettingsChange,
  TrainingSettings,
} from '../contract/settings.ts';

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
  const { imageSize, canvas, crop, window, augmentation, ...rest } = given(overrides);
  const defaults = defaultSettings(network, pretrained, imageSize, rest.epochs);
  const settings = {
    ...defaults,
    ...rest,
    weights,
    pixels: { ...defaults.pixels, ...given({ canvas, crop, window }) },
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

function refuseContradictions(settings: TrainingSettings): void {
  if (settings.headEpochs > settings.epochs)
    throw usage(
      'headEpochs',
      `The head can't be trained for ${settings.headEpochs} of ${settings.epochs} epochs.`,
    );
  if (settings.weights !== 'none') return;
  if (settings.unfreeze !== 'all')
    throw usage(
      'unfreeze',
      `Without pretrained weights the whole network must be trained, but "unfreeze" is "${settings.unfreeze}". ` +
        'Leave it out, or give weights.',
    );
  if (settings.batchNorm !== 'batch')
    throw usage(
      'batchNorm',
      'Without pretrained weights batch normalisation must learn its statistics, but "batch-norm" is "inference". ' +
        'Leave it out, or give weights.',
    );
}

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
