import { FalxError } from '../../contract/errors.ts';

/**
 * An archive that is not unpacked, or not further.
 * @param what is wrong, as words that follow "it" or "its entry "…"". @param entry as the archive names it.
 */
export function refuseArchive(
  archive: string,
  what: string,
  entry: string | null,
  cause?: unknown,
): FalxError {
  const subject = entry === null ? 'it' : `its entry ${JSON.stringify(entry)}`;
  return new FalxError(
    'bad-archive',
    `"${archive}" is not unpacked: ${subject} ${what}. Nothing of it was kept. Have it made anew, or unpack it yourself, ` +
      'look at what is in it, and import the folder.',
    entry === null
      ? { why: 'archiveWhole', file: archive, reason: what }
      : { why: 'archiveEntry', file: archive, entry, reason: what },
    { cause },
  );
}

export function tooLarge(archive: string, what: string, facts: Record<string, unknown>): FalxError {
  return new FalxError(
    'too-large',
    `"${archive}" is not unpacked: ${what}. Unpack it yourself, look at what is in it, and import the folder.`,
    { why: 'archiveTooLarge', file: archive, reason: what, ...facts },
  );
}
