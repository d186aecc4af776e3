import { CommanderError } from 'commander';
import { FalxError } from '../../contract/errors.ts';
import { message, type ErrorMessageCode } from '../../contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../../contract/messages/say.ts';
import { diskError } from '../../system/disk-error.ts';
import { shortMessage } from '../../system/short-message.ts';
import type { Output } from './output.ts';

/** Reports to a user, or a script, why a command failed. @returns the exit code: 2 for wrong usage, otherwise 1. */
export function reportFailure(error: unknown, output: Output): number {
  const { code, asMessage: told, facts } = describe(error);
  const inWords = inEnglish(told);
  if (output.json) output.answer({ error: { code, message: inWords, facts } }, () => inWords);
  output.note(`falx: ${output.words(told)}`);
  // Without repeating the message, which may be as long as the input.
  if (code === 'fault') output.note(framesOf(error));
  return code === 'bad-usage' ? 2 : 1;
}

/** The stack, one line per call; at most twenty. */
const framesOf = (error: unknown): string =>
  ((error as Error | null)?.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 20)
    .join('\n');

type Failure = { code: string; asMessage: StoredMessage; facts: Readonly<Record<string, unknown>> };

function describe(thrown: unknown): Failure {
  const error = diskError(thrown);
  if (error instanceof FalxError) return error;
  if (error instanceof CommanderError) return refusedUsage(error);
  // A bug in Falx: nothing that the user did or can undo.
  return {
    code: 'fault',
    asMessage: message('fault', { detail: { from: 'error', text: shortMessage(error) } }),
    facts: {},
  };
}

const usages: Readonly<Record<string, ErrorMessageCode & `usage${string}`>> = {
  'commander.unknownOption': 'usageUnknownOption',
  'commander.unknownCommand': 'usageUnknownCommand',
  'commander.missingArgument': 'usageMissing',
  'commander.optionMissingArgument': 'usageMissing',
  'commander.missingMandatoryOptionValue': 'usageMissing',
  'commander.excessArguments': 'usageTooMuch',
};

/** What commander does not understand: by its code, with its own words as detail. */
function refusedUsage({ code: usage, message: said }: CommanderError): FalxError {
  const text = said.replace(/\s+/g, ' ').trim();
  return new FalxError(usages[usage] ?? 'usageOther', { usage, detail: { from: 'commander', text } });
}
