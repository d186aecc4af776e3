import type { Parse } from '../../system/foreign.ts';
import { parseTable, type LabelTable, type TableTask } from './table.ts';

/** Reads a table in a parser process. */
export const parse: Parse<TableTask, LabelTable> = ({ csv, names }) => parseTable(csv, names);
