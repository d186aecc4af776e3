import { FalxError } from '../contract/errors.ts';
import type { ForeignAnswer, ForeignTask, Parse } from './foreign.ts';
import { answerTasks, WithBytes } from './parsers.ts';

// Stack traces are not used here: an answer has only the message. sharp captures one for each picture, just in case.
Error.stackTraceLimit = 0;

/** The process that parses foreign data with whichever module the task names. */
answerTasks<ForeignTask, ForeignAnswer>(async ({ module, task }, reportProgress) => {
  const { parse } = (await import(module)) as { parse: Parse<unknown, unknown> };
  if (task === undefined) return {};
  try {
    const answer = await parse(task, reportProgress);
    return answer instanceof WithBytes ? new WithBytes({ is: answer.answer }, answer.bytes) : { is: answer };
  } catch (error) {
    if (error instanceof FalxError) {
      const { code, message, facts } = error;
      return { refused: { code, message, facts } };
    }
    const { code, message } = error as NodeJS.ErrnoException;
    // An error of the disk, not of the file.
    if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return { system: { code, message } };
    throw error;
  }
});
