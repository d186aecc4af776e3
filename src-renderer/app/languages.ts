import { defaultLocales, languages, type Language } from '../../src-main/contract/messages/languages.ts';
import type { Preferences } from '../../src-main/contract/views.ts';

/** The language of a preference; `system` means the first system language that Falx supports, else English. */
export function languageFor(
  preference: Preferences['language'],
  systemLanguages: readonly string[],
): Language {
  if (preference !== 'system') return preference;
  for (const tag of systemLanguages) {
    const found = languages.find((language) => tag.toLowerCase().split('-')[0] === language);
    if (found) return found;
  }
  return 'en';
}

/** The locale for numbers and dates: the system's own variant of the language, if it has one. */
export function localeFor(language: Language, systemLanguages: readonly string[]): string {
  const own = systemLanguages.find((tag) => tag.toLowerCase().split('-')[0] === language && isLocale(tag));
  return own ?? defaultLocales[language];
}

/** Chromium on a system whose locale is POSIX calls itself `en-US@posix`, which no formatter accepts. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
