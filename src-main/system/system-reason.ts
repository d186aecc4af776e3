import { message, type Message, type MessageCode } from '../contract/messages/catalogue.ts';

/** What the system's codes mean to a person. */
const meanings: Readonly<Record<string, Exclude<MessageCode & `system${string}`, 'systemSays'>>> = {
  ENOENT: 'systemNotThere',
  EACCES: 'systemNotAllowed',
  EPERM: 'systemNotAllowed',
  EROFS: 'systemReadOnly',
  ENOSPC: 'systemDiskFull',
  EDQUOT: 'systemDiskFull',
  EIO: 'systemDiskFailed',
  EEXIST: 'systemExists',
  EISDIR: 'systemIsFolder',
  ENOTDIR: 'systemNoFolder',
  ENOTEMPTY: 'systemNotEmpty',
  ELOOP: 'systemLinkLoop',
  ENAMETOOLONG: 'systemNameTooLong',
  EMFILE: 'systemTooManyOpen',
  ENFILE: 'systemTooManyOpen',
  EBUSY: 'systemBusy',
  ETXTBSY: 'systemBusy',
  EXDEV: 'systemOtherDisk',
  EFBIG: 'systemFileTooLarge',
  ENOMEM: 'systemNoMemory',
  ENOTFOUND: 'systemHostUnknown',
  EAI_AGAIN: 'systemHostUnknown',
  ECONNREFUSED: 'systemNotConnected',
  EHOSTUNREACH: 'systemNotConnected',
  ENETUNREACH: 'systemNotConnected',
  ETIMEDOUT: 'systemNotAnswered',
  ECONNRESET: 'systemConnectionLost',
  EPIPE: 'systemConnectionLost',
  EADDRINUSE: 'systemAddressInUse',
};

/**
 * Why the system would not: by its code, or in its own words where Falx has none for it.
 * @param from who says it, where it may be a library.
 */
export function systemReason(error: unknown, from = 'system'): Message {
  const { code = '', message: said } = error as NodeJS.ErrnoException;
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (meaning !== undefined) return message(meaning, { errno: code });
  return message('systemSays', { detail: { from, text: said } });
}
