import { FalxError } from '../contract/errors.ts';
import type { ForeignAnswer, ForeignTask, Parse } from './foreign.ts';
import { answerTasks, WithBytes } from './parsers.ts';

// Nobody sees where an error came from in here: an answer has what it says. sharp looks it up for each picture, in case.
Error.stackTraceLimit = 0;

/** The process that parses what others have made, by whichever module the task names. */
answerTasks<ForeignTask, ForeignAnswer>(async ({ module, task }, goesOn) => {
  const { parse } = (await import(module)) as { parse: Parse<unknown, unknown> };
  if (task === undefined) return {};
  try {
    const answer = await parse(task, goesOn);
    return answer instanceof WithBytes ? new WithBytes({ is: answer.answer }, answer.bytes) : { is: answer };
  } catch (error) {
    if (error instanceof FalxError) {
      const { code, message, facts } = error;
      return { refused: { code, message, facts } };
    }
    const { code, message } = error as NodeJS.ErrnoException;
    // Of the disk, not of the file.
    if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return { system: { code, message } };
    throw error;
  }
});
