import { SvelteMap } from 'svelte/reactivity';
import type { Language } from '../../src-main/contract/messages/languages.ts';
import type { Preferences } from '../../src-main/contract/views.ts';
import { languageFor, localeFor } from './languages.ts';

/** The language in use. Reading it while rendering makes the text follow. */
class CurrentLanguage {
  // A map is followed like a rune, and lets plain code (figures, their tests) read it too.
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
    // Its shapes are many files; a window in English needs none of them.
    if (language === 'ko') void import('@fontsource-variable/noto-sans-kr');
  }
}

export const language = new CurrentLanguage();
