import { languages, type Language } from '../../contract/messages/languages.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The language a command speaks: the one asked for (`--language ko`), else the locale's as POSIX orders its variables, else
 * the system's. Read from what was typed, since a line that is not understood has to be answered too.
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
