import { note } from '../entry.ts';
import { detail, text } from '../parameters.ts';

/** Why the system refused: parts of sentences, mostly in brackets. `errno` is its code, such as EACCES. */
export const system = {
  systemNotThere: note({ errno: text }),
  systemNotAllowed: note({ errno: text }),
  systemReadOnly: note({ errno: text }),
  systemDiskFull: note({ errno: text }),
  systemDiskFailed: note({ errno: text }),
  systemExists: note({ errno: text }),
  systemIsFolder: note({ errno: text }),
  systemNoFolder: note({ errno: text }),
  systemNotEmpty: note({ errno: text }),
  systemLinkLoop: note({ errno: text }),
  systemNameTooLong: note({ errno: text }),
  systemTooManyOpen: note({ errno: text }),
  systemBusy: note({ errno: text }),
  systemOtherDisk: note({ errno: text }),
  systemFileTooLarge: note({ errno: text }),
  systemNoMemory: note({ errno: text }),
  systemHostUnknown: note({ errno: text }),
  systemNotConnected: note({ errno: text }),
  systemNotAnswered: note({ errno: text }),
  systemConnectionLost: note({ errno: text }),
  systemAddressInUse: note({ errno: text }),
  /** Anything else, in its own words. */
  systemSays: note({ detail }),
  systemCertificate: note({ errno: text }),
} as const;
