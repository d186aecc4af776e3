import { languages, type Language } from '../../contract/messages/languages.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A command's language: the requested one (`--language ko`), otherwise the locale's by POSIX's order of variables, otherwise the
 * system's. Read from the raw arguments, since an invalid command line must be answered too.
 */
export function languageOf(
  args: readonly string[],
  environment: Environment = process.env,
  system: string = Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  const asked = args.indexOf('--language');
  const typed = asked < 0 ? args.find((one) => one.startsWith('--language='))?.slice(11) : args[asked + 1];
  const chosen = languages.find((one) => one === typed);
  if (chosen) return chosen;
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  const locale = LC_ALL || LC_MESSAGES || LANG || system;
  return /^ko(?![a-z])/i.test(locale) ? 'ko' : 'en';
}
