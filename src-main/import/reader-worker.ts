import type { Parse } from '../system/foreign.ts';
import type { ReadTask } from './reader.ts';
import { readOne, type Reading } from './reading.ts';

/** Opens a foreign file for an import, in a parser process. */
export const parse: Parse<ReadTask, Reading> = ({ folder, file, before, scan, derived }, reportProgress) =>
  readOne(folder, file, before, scan, reportProgress, derived);
