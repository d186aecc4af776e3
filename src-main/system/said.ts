/** What a system's error means for who wants to read a file or folder, by its code: sentences that follow its name. */
const sentences: Partial<Record<string, string>> = {
  ENOENT: 'It is not there, or is a link to something that is not there.',
  EACCES: 'You are not allowed to read it.',
  EPERM: 'You are not allowed to read it.',
  ELOOP: 'It is a link that leads back to itself.',
  ENAMETOOLONG: 'Its name is too long.',
  EIO: 'The disk failed while reading it.',
};

/** Most characters of an error's message that are shown. */
const SHOWN = 500;

/**
 * What an error says, in one short line: of a record that is not as it should be the first field and what is wrong with it, not all
 * that a checker has to say.
 */
export function shortly(error: unknown): string {
  const issues = (error as { issues?: unknown } | null | undefined)?.issues;
  const [first] = Array.isArray(issues) ? (issues as { path?: unknown[]; message?: unknown }[]) : [];
  const text = first
    ? `${(first.path ?? []).map(String).join('.') || 'record'}: ${String(first.message)}`
    : error instanceof Error
      ? error.message
      : String(error);
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Whether there are words for a system's error. */
export const hasWords = (error: unknown): boolean => codeOf(error) in sentences;

/** A full sentence, in the system's own words where there are no better. */
export const inWords = (error: unknown): string =>
  sentences[codeOf(error)] ?? `The system says: ${error instanceof Error ? error.message : String(error)}.`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
