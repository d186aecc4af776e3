import { FalxError, toldBy } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import { sayWhole } from '../contract/messages/say.ts';
import type { Language } from '../contract/messages/words.ts';
import { diskError } from '../system/disk-error.ts';
import { shortly } from '../system/said.ts';

/**
 * Why Falx could not be started, as full sentences: where there is no window yet to word it. Its remedies are commands, since
 * there is nothing to press.
 */
export function startFailure(thrown: unknown, language: Language): string {
  const error = diskError(thrown);
  const earlier = language === 'ko' && error instanceof FalxError && korean[String(error.facts['why'])];
  if (earlier && !toldBy(error.facts)) return earlier(error.facts);
  const told =
    error instanceof FalxError
      ? error.told
      : message('fault', { detail: { from: 'error', text: shortly(error) } });
  return sayWhole(told, { language, shell: 'cli' });
}

type Facts = FalxError['facts'];
const said = (fact: unknown): string => (typeof fact === 'number' ? String(fact) : (fact as string));

/** What a person may meet who starts another version of Falx than last time, or has a failing disk; until the registry's messages are in the catalogue. */
const korean: Record<string, (facts: Facts) => string> = {
  registryNewer: ({ file, writer, found, own, known, backup }) =>
    [
      `${said(file)}의 기록은 ${writer === 'none' ? '더 새로운 Falx' : `Falx ${said(writer)}`}에서 만들어졌습니다.`,
      `기록 형식은 ${said(found)}이고, 이 Falx ${said(own)}에서는 형식 ${said(known)}까지 읽을 수 있습니다.`,
      '아무것도 변경하지 않았습니다.',
      backup === 'none'
        ? 'Falx를 업데이트하거나, --home 옵션으로 다른 데이터 폴더를 지정해 시작하세요.'
        : `Falx를 업데이트하거나, 그 전에 만든 백업을 복원하세요: falx registry restore "${said(backup)}"`,
    ].join(' '),
  registryUnsound: ({ file, said: found, backup }) =>
    `${said(file)}의 기록이 손상되었습니다(${said(found)}). 디스크에 문제가 있을 수 있습니다. ` +
    (backup === 'none'
      ? '온전한 백업이 없습니다. 이 파일을 다른 곳으로 옮기면 새로 시작할 수 있습니다.'
      : `가장 최근의 온전한 백업으로 되돌릴 수 있으며, 지금 있는 기록도 보관됩니다: falx registry restore "${said(backup)}"`),
  registryDamaged: ({ file, seal }) =>
    `${said(file)}의 기록이 손상되었습니다. Falx가 마지막으로 저장한 내용과 다릅니다. 디스크에 문제가 있을 수 있습니다. ` +
    `다음 명령으로 가장 최근의 온전한 백업으로 되돌리세요: falx registry restore. 백업이 없으면 ${said(seal)} 파일을 삭제하고 지금 있는 기록으로 계속할 수 있습니다.`,
  registryNoBackup: ({ file, folder, reason }) =>
    `${said(file)}의 기록을 먼저 ${said(folder)}에 백업할 수 없어(${said(reason)}) 그대로 두었습니다. ` +
    '공간을 비우고 그곳에 쓸 수 있는지 확인한 다음 Falx를 다시 시작하세요.',
};
