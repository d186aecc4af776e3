import { SvelteMap } from 'svelte/reactivity';
import type { Language } from '../../src-main/contract/messages/languages.ts';
import type { Preferences } from '../../src-main/contract/views.ts';
import { languageFor, localeFor } from './languages.ts';

/** The current language. Reading it while rendering makes the text follow changes. */
class CurrentLanguage {
  // A SvelteMap is reactive like a rune, and plain code (figures, their tests) can read it too.
  readonly #now = new SvelteMap<'language', Language>([['language', 'en']]);

  get current(): Language {
    return this.#now.get('language') ?? 'en';
  }

  /** BCP 47, for numbers and dates. */
  get locale(): string {
    return localeFor(this.current, navigator.languages);
  }

  use(preference: Preferences['language']): void {
    const language = languageFor(preference, navigator.languages);
    this.#now.set('language', language);
    document.documentElement.lang = language;
    // The Korean font is split into many files; an English window needs none of them.
    if (language === 'ko') void import('@fontsource-variable/noto-sans-kr');
  }
}

export const language = new CurrentLanguage();
