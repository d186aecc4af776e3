import type { Language } from './languages.ts';
import en from './en/commands.json' with { type: 'json' };
import ko from './ko/commands.json' with { type: 'json' };

/** Help texts of the command line's commands and options: plain text. One without words doesn't compile. */
export const commandWords: Readonly<Record<Language, typeof en>> = { en, ko };

/** A text with its placeholders in braces filled in. */
export const filled = (text: string, values: Readonly<Record<string, string | number | boolean>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
