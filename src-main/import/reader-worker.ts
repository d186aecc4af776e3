import { answerTasks } from '../system/parsers.ts';
import type { ReadTask } from './reader.ts';
import { readOne } from './reading.ts';

/** The process that opens foreign files for an import. */
answerTasks(({ folder, file, before, scan, derived }: ReadTask, goesOn) =>
  readOne(folder, file, before, scan, goesOn, derived),
);
