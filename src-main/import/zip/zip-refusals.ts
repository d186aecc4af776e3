import { FalxError, type Told } from '../../contract/errors.ts';

/** What is wrong: words that follow "it" or "its entry "…"", and the same for a window to word. */
export interface Problem {
  what: string;
  told: Told;
}

export const problem = (is: string, what: string, facts: Omit<Told, 'is'> = {}): Problem => ({
  what,
  told: { ...facts, is },
});

/** An archive that is not unpacked, or not further. @param entry as the archive names it. */
export function refuseArchive(
  archive: string,
  { what, told }: Problem,
  entry: string | null,
  cause?: unknown,
): FalxError {
  const subject = entry === null ? 'it' : `its entry ${JSON.stringify(entry)}`;
  return new FalxError(
    'bad-archive',
    `"${archive}" is not unpacked: ${subject} ${what}. Nothing of it was kept. Have it made anew, or unpack it yourself, ` +
      'look at what is in it, and import the folder.',
    entry === null
      ? { why: 'archiveWhole', file: archive, reason: what, told }
      : { why: 'archiveEntry', file: archive, entry, reason: what, told },
    { cause },
  );
}

/** @param what is too large, as a clause. */
export function tooLarge(
  archive: string,
  { what, told }: Problem,
  facts: Record<string, unknown>,
): FalxError {
  return new FalxError(
    'too-large',
    `"${archive}" is not unpacked: ${what}. Unpack it yourself, look at what is in it, and import the folder.`,
    { why: 'archiveTooLarge', file: archive, reason: what, told, ...facts },
  );
}
