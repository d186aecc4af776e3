import type { Preferences } from '../../src-main/contract/views.ts';
import { languageFor, localeFor, type Language } from './languages.ts';

/** The language in use. Reading it while rendering makes the text follow. */
class CurrentLanguage {
  current = $state<Language>('en');
  /** BCP 47, for numbers and dates. */
  locale = $derived(localeFor(this.current, navigator.languages));

  use(preference: Preferences['language']): void {
    this.current = languageFor(preference, navigator.languages);
    document.documentElement.lang = this.current;
  }
}

export const language = new CurrentLanguage();
