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

/** The user's settings on this machine for every start of Falx, whichever home it opens. */
const Settings = z.object({ home: z.string().min(1).nullable() });

export const settingsFile = (): string => path.join(configFolder(), 'settings.json');

/**
 * The home folder that the user has chosen in Settings, or null.
 * @throws FalxError `registry` if the settings can't be read, `not-found` if the folder is missing: an empty Falx in its place
 *   would look as if everything were lost.
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

/** What a folder that might become the home contains: nothing, a home of Falx, or something else. */
export type HomeCandidate = 'empty' | 'falx' | 'other';

/** @throws FalxError `bad-usage` if it is not an absolute path of a folder, `disk` if it can't be read or written. */
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
 * Stores the data folder for the next start of Falx. The content of the current home stays there.
 * @param folder absolute, empty (or to be created) or a home of Falx; null: the platform's own data folder.
 * @throws FalxError `bad-usage` for a folder with other content, `disk` if it can't be written.
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
