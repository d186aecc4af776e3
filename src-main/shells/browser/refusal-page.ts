import { startFailure } from '../start-failure.ts';
import { installation } from '../../system/installation.ts';
import { isService } from '../../system/service.ts';

/** Pages for a person whom the server does not let in. Everything else that is refused gets a line of text. */
export type Refusal = 'used' | 'unknown';

/** Leads on to the window. */
export const onwardPage = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Falx</title>\n';

const texts = {
  en: {
    used: {
      title: 'This address has been used',
      text: 'The address that Falx prints lets one browser in, once. This one was used before, or a newer one has taken its place.',
    },
    unknown: {
      title: 'Falx does not know this browser yet',
      text: 'Falx lets in whoever opens the address that it prints when it starts. It was started anew, or this is another browser.',
    },
    serviceRemedy: [
      'Falx runs as a service here. This gives a new address, to be opened here:',
      '<code>sudo systemctl reload falx-server; journalctl -u falx-server -n 1 -o cat</code>',
    ],
    remedy: [
      'In the terminal where Falx runs, press Enter: it prints a new address. Open that one here.',
      `If that terminal is gone, end Falx and start it again with “${installation.command} serve”.`,
    ],
  },
  ko: {
    used: {
      title: '이미 사용한 주소입니다',
      text: 'Falx가 표시하는 주소는 브라우저 하나에서 한 번만 쓸 수 있습니다. 이 주소는 이미 사용되었거나 새 주소로 바뀌었습니다.',
    },
    unknown: {
      title: 'Falx가 아직 이 브라우저를 모릅니다',
      text: 'Falx는 시작할 때 표시한 주소로 연 브라우저만 받아들입니다. Falx가 다시 시작되었거나 다른 브라우저로 여셨습니다.',
    },
    serviceRemedy: [
      '이 컴퓨터에서는 Falx가 서비스로 실행되고 있습니다. 다음 명령으로 새 주소를 받아 여기에서 여세요.',
      '<code>sudo systemctl reload falx-server; journalctl -u falx-server -n 1 -o cat</code>',
    ],
    remedy: [
      'Falx를 실행한 터미널에서 Enter 키를 누르면 새 주소가 표시됩니다. 그 주소를 여기에서 여세요.',
      `터미널이 남아 있지 않으면 Falx를 종료한 다음 “${installation.command} serve”로 다시 시작하세요.`,
    ],
  },
} as const;

/** @param accepts the browser's Accept-Language */
export function refusalPage(refusal: Refusal, accepts = ''): string {
  const language = languageOf(accepts);
  const { title, text } = texts[language][refusal];
  return page(language, title, [text, ...texts[language][isService() ? 'serviceRemedy' : 'remedy']]);
}

/** For a person who started Falx without a terminal. @param accepts the browser's Accept-Language */
export function cannotStartPage(error: unknown, accepts = ''): string {
  const language = languageOf(accepts);
  const title = language === 'ko' ? 'Falx를 시작할 수 없습니다' : 'Falx can’t start';
  return page(language, title, [startFailure(error, language)]);
}

const languageOf = (accepts: string): 'en' | 'ko' => (/^\s*ko\b/i.test(accepts) ? 'ko' : 'en');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function page(language: 'en' | 'ko', title: string, sentences: readonly string[]): string {
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
