import { defaultLocales, languages, type Language } from '../../src-main/contract/messages/languages.ts';
import type { Preferences } from '../../src-main/contract/views.ts';

/** The language a preference stands for; `system` takes the first of the system's that Falx has, else English. */
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

/** The locale numbers and dates are written in: the system's own form of the language where it has one. */
export function localeFor(language: Language, systemLanguages: readonly string[]): string {
  const own = systemLanguages.find((tag) => tag.toLowerCase().split('-')[0] === language && isLocale(tag));
  return own ?? defaultLocales[language];
}

/** Chromium on a system whose locale is POSIX names itself `en-US@posix`, which no formatter takes. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
