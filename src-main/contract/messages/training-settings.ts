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

/** Plain text, by language. A setting that lacks words doesn't compile. */
export const settingWords = { en, ko } satisfies Record<
  string,
  Record<SettingName, SettingWords>
> as Readonly<Record<Language, Readonly<Record<SettingName, SettingWords>>>>;
