import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { makeFolders } from '../system/folders.ts';
import { configFolder, platformHome } from '../system/platform-folders.ts';
import { systemReason } from '../system/system-reason.ts';

/** What this machine's user has set for every start of Falx, whichever home it opens. */
const Settings = z.object({ home: z.string().min(1).nullable() });

export const settingsFile = (): string => path.join(configFolder(), 'settings.json');

/**
 * The home folder a person has chosen in Settings, or null.
 * @throws FalxError `registry` when the settings can't be read, `not-found` when the folder is not there: an empty Falx
 *   in its place would look as if all were lost.
 */
export function chosenHome(): string | null {
  const file = settingsFile();
  if (!existsSync(file)) return null;
  const { home } = readSettings(file);
  if (home !== null && !existsSync(home))
    throw new FalxError('homeChosenGone', { folder: home, settings: file, usual: platformHome() });
  return home;
}

function readSettings(file: string): z.infer<typeof Settings> {
  try {
    return Settings.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new FalxError('homeChoiceUnreadable', { file, usual: platformHome() }, { cause });
  }
}

/** What lies in a folder that might become the home: nothing, a home of Falx, or something else. */
export type HomeCandidate = 'empty' | 'falx' | 'other';

/** @throws FalxError `bad-usage` for what is not an absolute path of a folder, `disk` when it may not be read or written. */
export function lookAtHome(folder: string): HomeCandidate {
  if (
    !path.isAbsolute(folder) ||
    folder.includes('\0') ||
    statSync(folder, { throwIfNoEntry: false })?.isFile()
  )
    throw new FalxError('homeNotFolder', { folder });
  if (!existsSync(folder)) return 'empty';
  try {
    accessSync(folder, constants.R_OK | constants.W_OK);
    const names = readdirSync(folder);
    return names.includes('registry.sqlite') ? 'falx' : names.length === 0 ? 'empty' : 'other';
  } catch (cause) {
    throw new FalxError('homeNotWritable', { folder }, { cause });
  }
}

/**
 * Remembers where the next start of Falx keeps everything. What is in the home of now stays there.
 * @param folder absolute, empty (or to be made) or a home of Falx; null: the platform's own data folder.
 * @throws FalxError `bad-usage` for a folder with other things in it, `disk` when it can't be written.
 */
export function chooseHome(folder: string | null): void {
  if (folder !== null && lookAtHome(folder) === 'other') throw new FalxError('homeNotEmpty', { folder });
  const file = settingsFile();
  try {
    if (folder !== null) makeFolders(folder);
    makeFolders(path.dirname(file));
    const part = `${file}.${process.pid}.part`;
    writeFileSync(part, `${JSON.stringify({ home: folder }, null, 2)}\n`, { flush: true });
    renameSync(part, file);
  } catch (cause) {
    throw new FalxError(
      'homeNotKept',
      { folder: folder ?? platformHome(), settings: file, reason: systemReason(cause) },
      { cause },
    );
  }
}
