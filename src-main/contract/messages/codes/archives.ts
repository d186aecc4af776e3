import { z } from 'zod';
import { error, note } from '../entry.ts';
import { choice, detail, fact, message, number, text } from '../parameters.ts';

/** Zip archives that are not unpacked. */
export const archives = {
  /** @param reason one of `zip…`, about the archive. */
  archiveWhole: error('bad-archive', { file: text, reason: message }),
  /**
   * @param entry as the archive names it. @param shown the same with invisible characters escaped.
   * @param reason one of `zip…`, about the entry.
   */
  archiveEntry: error('bad-archive', {
    file: text,
    entry: fact(z.string()),
    shown: text,
    reason: message,
  }),
  archiveTooLarge: error('too-large', { file: text, reason: message }),
  archiveNotWritten: error('disk', { folder: text, reason: message }),
  archiveCancelled: error('cancelled', { file: text }),

  /** A part of GPU support, which is a zip archive too. */
  packPartWhole: error('gpu-support', { file: text, reason: message }),
  packPartEntry: error('gpu-support', { file: text, entry: text, reason: message }),
  packPartEmpty: error('gpu-support', { file: text }),

  zipNotOpened: note({ said: detail }),
  zipDamaged: note({ said: detail }),
  zipMoreEntries: note({ count: number }),
  zipOverlap: note({}),
  zipTooMany: note({ most: number }),
  zipUnpacksTo: note({ mebibytes: number, most: number }),
  zipBomb: note({ mebibytes: number, ratio: number }),

  zipNul: note({}),
  zipBackslash: note({}),
  zipAbsolute: note({}),
  zipDrive: note({}),
  zipOutside: note({}),
  zipDeep: note({ most: number }),
  zipName: note({ problem: choice('name', 'device', 'windows', 'tooLong') }),
  zipLongPath: note({}),
  zipFolderOverFile: note({}),
  zipFileOverFolder: note({}),
  zipTwice: note({}),
  zipCaseOnly: note({ other: text }),
  zipLink: note({}),
  zipNotOrdinary: note({}),
  zipEncrypted: note({}),
  zipPackedBy: note({ method: number }),
  zipLonger: note({}),
  zipShorter: note({}),
  zipChecksum: note({}),
} as const;
