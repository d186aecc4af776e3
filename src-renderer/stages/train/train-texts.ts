import type { Run } from '../../../src-main/contract/records.ts';
import type { TrainingSettings } from '../../../src-main/contract/settings.ts';
import { errorDetail } from '../../app/error-text.ts';
import { formatter, t } from '../../app/messages.ts';
import { choiceText, type FieldKey, type Value, weightChoices } from './fields.ts';
import { weightChoiceOf } from './form.ts';

const formats = new Map<string, Intl.NumberFormat>();

/** A number that may be very small, such as a learning rate. @param digits maximum number of significant digits. */
export function precise(x: number | null | undefined, digits = 4): string {
  if (x == null) return formatter().number(x);
  const { locale } = formatter();
  const key = `${locale} ${digits}`;
  let format = formats.get(key);
  if (!format)
    formats.set(key, (format = new Intl.NumberFormat(locale, { maximumSignificantDigits: digits })));
  return format.format(x);
}

/** A large number in compact form: 2.3 million. */
export const inWords = (x: number): string =>
  new Intl.NumberFormat(formatter().locale, {
    notation: 'compact',
    compactDisplay: 'long',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(x);

/** A setting's value in words. */
export function settingText(key: FieldKey, value: Value): string {
  if (value === null) return formatter().number(null);
  if (key === 'weights') {
    const choice = weightChoiceOf(value);
    return choice === 'file' && !weightChoices.some((known) => known === value)
      ? String(value)
      : choiceText(key, choice);
  }
  if (typeof value === 'boolean') return t(value ? 'train.on' : 'train.off');
  if (typeof value === 'number') return precise(value);
  return choiceText(key, value);
}

/** A run's main settings in short. */
export function settingsInShort({ epochs, pixels }: TrainingSettings): string {
  return [
    t('train.chosenEpochs', { epochs: precise(epochs) }),
    t('train.chosenSize', { size: precise(pixels.imageSize) }),
  ].join(' · ');
}

/** Why a run ended, without a remedy: there is a button for it. */
export const reasonText = ({ error, errorFacts }: Pick<Run, 'error' | 'errorFacts'>): string =>
  errorDetail({ message: error ?? '', facts: errorFacts ?? null });
