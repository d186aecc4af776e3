import { error, note } from '../entry.ts';
import { choice, message, number, text } from '../parameters.ts';
import { deidentifyWarnings, leftOutReasons } from '../../deidentify.ts';

/** De-identifying a folder, and why a file is left out of it. */
export const deidentify = {
  deidentifyExists: error('bad-usage', { file: text }),
  deidentifyNoRoom: error('disk', { folder: text }),
  deidentifyFolderMissing: error('not-found', { folder: text }),
  deidentifyNested: error('bad-usage', { folder: text, source: text }),
  deidentifyNoKey: error('bad-usage', { file: text }),
  deidentifyCancelled: error('cancelled', {}),
  deidentifyUnderWay: error('bad-usage', { folder: text }),
  deidentifyGone: error('not-found', {}),
  /** Files with one reason, as a result counts them. */
  deidentifyLeftOut: note({ why: choice(...leftOutReasons), count: number }),
  /** Files that need review. */
  deidentifyLookAt: note({ warning: choice(...deidentifyWarnings), count: number }),
  leftOutDirectory: note({}),
  leftOutNoImage: note({}),
  leftOutNoUids: note({}),
  leftOutPixels: note({ syntax: text }),
  /** @param fault what is damaged. */
  leftOutDamaged: note({ fault: message }),
  leftOutEndsEarly: note({}),
  leftOutTooLarge: note({}),
  leftOutNotDicom: note({}),
  leftOutNotOrdinary: note({}),
  leftOutUnreadable: note({ reason: message }),
} as const;
