import { message, type Message, type MessageCode } from '../contract/messages/catalogue.ts';

/** The system's codes and their messages. */
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
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'systemCertificate',
  UNABLE_TO_GET_ISSUER_CERT: 'systemCertificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'systemCertificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'systemCertificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'systemCertificate',
  CERT_HAS_EXPIRED: 'systemCertificate',
  CERT_NOT_YET_VALID: 'systemCertificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'systemCertificate',
};

/**
 * The system's reason: by its code, or in its own words if Falx has none for it.
 * @param from its source, if it may be a library.
 */
export function systemReason(error: unknown, from = 'system'): Message {
  const { code = '', message: said } = error as NodeJS.ErrnoException;
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (meaning !== undefined) return message(meaning, { errno: code });
  return message('systemSays', { detail: { from, text: said } });
}
