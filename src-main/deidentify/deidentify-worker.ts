import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import { isDicom } from '../images/dicom/dicom-file.ts';
import type { Parse } from '../system/foreign.ts';
import { NotOrdinary, openOrdinary } from '../system/ordinary.ts';
import { WithBytes } from '../system/parsers.ts';
import { nothingRemoved, type Removed } from './clean.ts';
import { deidentify, LeftOut, type Deidentified } from './deidentify-file.ts';
import { systemReason } from '../system/system-reason.ts';
import { Secret } from './secret.ts';

/** Request to the process that cleans files; the key in hexadecimal. */
export type DeidentifyTask = { file: string; key: string; moveDates: boolean; falx: string };

/** Everything but the content, which is sent as bytes; or why the file is left out. */
export type DeidentifyAnswer =
  (Omit<Deidentified, 'content'> & { removed: Removed }) | { leftOut: LeftOut['why']; reason: StoredMessage };

/** Longer ones don't fit into one buffer. */
const MOST_BYTES = 2 ** 31 - 1;

/** Reads and cleans a DICOM file in a parser process. */
export const parse: Parse<DeidentifyTask, DeidentifyAnswer | WithBytes<DeidentifyAnswer>> = async ({
  file,
  key,
  moveDates,
  falx,
}) => {
  try {
    const removed = nothingRemoved();
    const secret = new Secret(Buffer.from(key, 'hex'));
    const { content, ...made } = deidentify(await read(file), { secret, moveDates, removed, falx });
    return new WithBytes({ ...made, removed }, [content]);
  } catch (error) {
    if (error instanceof LeftOut) return { leftOut: error.why, reason: error.reason };
    throw error;
  }
};

/** @throws LeftOut if it is no DICOM file, or can't be read */
async function read(file: string): Promise<Buffer> {
  try {
    const handle = await openOrdinary(file);
    try {
      const { size } = await handle.stat();
      if (size > MOST_BYTES) throw new LeftOut('tooLarge', message('leftOutTooLarge', {}));
      const beginning = Buffer.alloc(Math.min(size, 4096));
      await handle.read(beginning, 0, beginning.length, 0);
      if (!isDicom(beginning)) throw new LeftOut('notDicom', message('leftOutNotDicom', {}));
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof LeftOut) throw error;
    if (error instanceof NotOrdinary) throw new LeftOut('notOrdinary', message('leftOutNotOrdinary', {}));
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new LeftOut('unreadable', message('leftOutUnreadable', { reason: systemReason(error) }));
  }
}
