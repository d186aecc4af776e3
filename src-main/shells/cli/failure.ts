import { CommanderError } from 'commander';
import { FalxError } from '../../contract/errors.ts';
import type { Output } from './output.ts';

/**
 * Tells a person, or a script, why a command failed.
 * @returns the exit code: 2 for wrong usage, else 1.
 */
export function reportFailure(error: unknown, output: Output): number {
  const { code, message, facts } = describe(error);
  if (output.json) output.answer({ error: { code, message, facts } }, () => message);
  output.note(`falx: ${message}`);
  if (code === 'fault') output.note((error as Error).stack ?? String(error));
  return code === 'bad-usage' ? 2 : 1;
}

function describe(error: unknown): {
  code: string;
  message: string;
  facts: Readonly<Record<string, unknown>>;
} {
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
    message: `Falx made a mistake: ${(error as Error)?.message ?? String(error)}. Please report it.`,
    facts: {},
  };
}
