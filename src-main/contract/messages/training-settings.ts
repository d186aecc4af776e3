import type { SettingName } from '../settings.ts';
import type { Language } from './languages.ts';
import en from './en/training-settings.json' with { type: 'json' };
import ko from './ko/training-settings.json' with { type: 'json' };

/** What a setting of a training is called, and said of it. */
export type SettingWords = {
  /** What the window calls it. */
  label: string;
  /** What the window says below it. */
  help: string;
  /** What the command line says of its option; the default follows in brackets. */
  option: string;
  /** What the window calls each value of a choice. */
  choices?: Readonly<Record<string, string>>;
};

type Words = Readonly<Record<SettingName, SettingWords>>;

// A setting that lacks words doesn't compile: en/training-settings.json or ko/training-settings.json has none of it.
const english: Words = en;
const korean: Words = ko;

/** Plain text, by language. */
export const settingWords: Readonly<Record<Language, Words>> = { en: english, ko: korean };
