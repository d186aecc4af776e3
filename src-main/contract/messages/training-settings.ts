import type { SettingName } from '../settings.ts';
import type { Language } from './languages.ts';
import en from './en/training-settings.json' with { type: 'json' };
import ko from './ko/training-settings.json' with { type: 'json' };

/** The texts of a training setting. */
export type SettingWords = {
  /** Its name in the window. */
  label: string;
  /** The explanation below it in the window. */
  help: string;
  /** The description of its command-line option; the default follows in brackets. */
  option: string;
  /** The window's names for each value of a choice. */
  choices?: Readonly<Record<string, string>>;
};

type Words = Readonly<Record<SettingName, SettingWords>>;

// A setting without words doesn't compile: it is missing from en/training-settings.json or ko/training-settings.json.
const english: Words = en;
const korean: Words = ko;

/** Plain text, by language. */
export const settingWords: Readonly<Record<Language, Words>> = { en: english, ko: korean };
