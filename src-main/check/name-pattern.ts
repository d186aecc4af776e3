import { createContext, Script } from 'node:vm';
import type { PatternPreview } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { ImageOutline } from '../registry/checks.ts';

/** How long a pattern may take for all names of a dataset, milliseconds; 100,000 take a sound one about 50. */
const LIMIT = 1500;

/**
 * What a pattern finds in each path: its first capture that took part, else all that it matched; null where it finds
 * nothing, or nothing but an empty text.
 * @param pattern a regular expression as JavaScript has them, without flags.
 * @throws FalxError `bad-usage` when it is no regular expression, or takes too long (some go back and forth for
 *   hours over one name: catastrophic backtracking).
 */
export function keysOf(pattern: string, paths: readonly string[]): (string | null)[] {
  refuseInvalid(pattern);
  try {
    // JSON both ways: nothing of this process is within reach of the other context.
    const context = createContext({ pattern, paths: JSON.stringify(paths) });
    const found: unknown = matching.runInContext(context, { timeout: LIMIT });
    return JSON.parse(found as string) as (string | null)[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new FalxError('patternTooSlow', { pattern, count: paths.length });
  }
}

const matching = new Script(`
  const expression = new RegExp(pattern);
  JSON.stringify(JSON.parse(paths).map((path) => {
    const match = expression.exec(path);
    return (match && (match.slice(1).find((capture) => capture !== undefined) ?? match[0])) || null;
  }));
`);

function refuseInvalid(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (cause) {
    throw new FalxError(
      'patternWrong',
      { pattern, said: { from: 'RegExp', text: (cause as Error).message } },
      { cause },
    );
  }
}

/** What a pattern would make of these images: how many groups, the largest ones, and what it does not match. */
export function previewPattern(pattern: string, images: readonly ImageOutline[]): PatternPreview {
  const keys = keysOf(
    pattern,
    images.map(({ file }) => file),
  );
  const groups = new Map<string, string[]>();
  const unmatched: string[] = [];
  images.forEach(({ file }, index) => {
    const key = keys[index] ?? null;
    const group = key === null ? unmatched : groups.get(key);
    if (group) group.push(file);
    else groups.set(key!, [file]);
  });
  return {
    groups: groups.size,
    unmatched: unmatched.length,
    largest: [...groups]
      .sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
      .slice(0, LARGEST)
      .map(([key, files]) => ({ key, images: files.length, files: files.slice(0, 3) })),
    unmatchedFiles: unmatched.slice(0, 5),
  };
}

/** Groups that a preview shows. */
const LARGEST = 20;
