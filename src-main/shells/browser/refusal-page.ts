import { message, type Message } from '../../contract/messages/catalogue.ts';
import { say } from '../../contract/messages/say.ts';
import type { Language } from '../../contract/messages/languages.ts';
import { startFailure } from '../start-failure.ts';
import { installation } from '../../system/installation.ts';
import { isService } from '../../system/service.ts';

/** Pages for a user whom the server refuses. All other refusals are a line of text. */
export type Refusal = 'used' | 'unknown';

/** Redirects to the window. */
export const onwardPage = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Falx</title>\n';

const titles = { used: 'refusalUsedTitle', unknown: 'refusalUnknownTitle' } as const;
const reasons = { used: 'refusalUsed', unknown: 'refusalUnknown' } as const;

/** @param accepts the browser's Accept-Language */
export function refusalPage(refusal: Refusal, accepts = ''): string {
  const language = languageOf(accepts);
  const word = (told: Message) => say(told, { language, shell: 'window' });
  const remedy = isService()
    ? [word(message('refusalService', {})), NEW_ADDRESS]
    : [
        word(message('refusalTerminal', {})),
        word(message('refusalRestart', { command: `${installation.command} serve` })),
      ];
  return page(language, word(message(titles[refusal], {})), [word(message(reasons[refusal], {})), ...remedy]);
}

/** Command that gives a new address if systemd runs Falx. */
const NEW_ADDRESS = 'sudo systemctl reload falx-server; journalctl -u falx-server -n 1 -o cat';

/** A line of text. @param accepts the browser's Accept-Language */
export const refusalLine = (told: Message, accepts = ''): string =>
  say(told, { language: languageOf(accepts), shell: 'window' });

/** For a user who started Falx without a terminal. @param accepts the browser's Accept-Language */
export function cannotStartPage(error: unknown, accepts = ''): string {
  const language = languageOf(accepts);
  const title = say(message('cannotStart', {}), { language, shell: 'window' });
  return page(language, title, [startFailure(error, language)]);
}

const languageOf = (accepts: string): Language => (/^\s*ko\b/i.test(accepts) ? 'ko' : 'en');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function page(language: Language, title: string, sentences: readonly string[]): string {
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Falx</title>
<style>
  :root { color-scheme: light dark; }
  body { max-width: 36rem; margin: 18vh auto 0; padding: 0 1.5rem; font: 15px/1.6 system-ui, sans-serif; }
  p { overflow-wrap: anywhere; }
  h1 { font-size: 1.25rem; font-weight: 600; }
</style>
<main>
<h1>${title}</h1>
${sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
</main>
</html>
`;
}
