import { CommanderError } from 'commander';
import { FalxError } from '../../contract/errors.ts';
import { diskError } from '../../system/disk-error.ts';
import { shortly } from '../../system/said.ts';
import type { Output } from './output.ts';

/**
 * Tells a person, or a script, why a command failed.
 * @returns the exit code: 2 for wrong usage, else 1.
 */
export function reportFailure(error: unknown, output: Output): number {
  const { code, message, facts } = describe(error);
  if (output.json) output.answer({ error: { code, message, facts } }, () => message);
  output.note(`falx: ${message}`);
  // Without the message once more, which may be as long as what was being read.
  if (code === 'fault') output.note(framesOf(error));
  return code === 'bad-usage' ? 2 : 1;
}

/** Where it happened, a line a call; at most twenty. */
const framesOf = (error: unknown): string =>
  ((error as Error | null)?.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .join('\n');

function describe(thrown: unknown): {
  code: string;
  message: string;
  facts: Readonly<Record<string, unknown>>;
} {
  const error = diskError(thrown);
  if (error instanceof FalxError) return error;
  if (error instanceof CommanderError) {
    const sentence = error.message
      .replace(/^error: /, '')
      .replace(/\s*\n\s*/g, ' ')
      .replace(/^./, (letter) => letter.toUpperCase())
      .replace(/[^.?!]$/, '$&.');
    return { code: 'bad-usage', message: `${sentence} Try "falx help".`, facts: { usage: error.code } };
  }
  // A fault of Falx itself: nothing a person did or can undo.
  return {
    code: 'fault',
    message: `Falx made a mistake: ${shortly(error)}. Please report it.`,
    facts: {},
  };
}
