import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { FalxError } from '../../contract/errors.ts';
import type { ParametersOf } from '../../contract/messages/catalogue.ts';
import type { Detail } from '../../contract/messages/parameters.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../../system/foreign.ts';
import { systemReason } from '../../system/system-reason.ts';
import { columnsOf, type Columns, type ColumnNames } from './columns.ts';

export interface LabelRow {
  /** Line in the file, from 1. */
  line: number;
  file: string;
  /** Null if the cell is empty, or there is no such column. */
  label: string | null;
  patient: string | null;
}

export interface LabelTable {
  columns: Columns;
  rows: LabelRow[];
  /** Rows without a file. */
  nameless: number;
}

/** Bytes at the beginning from which the separator is determined. */
const BEGINNING = 64 * 1024;

/** Request to the process that reads tables. */
export type TableTask = { csv: string; names: ColumnNames };

/** As `parseTable`, in a process of its own. @throws FalxError as that; `unreadable-file` if it ended, or took too long. */
export async function readTable(csv: string, names: ColumnNames): Promise<LabelTable> {
  const task: TableTask = { csv, names };
  const patience = patienceFor(await bytesOf(csv));
  return (await parseInSubprocess<TableTask, LabelTable>(module, task, path.basename(csv), { patience }))
    .answer;
}

const module = new URL('./table-worker.ts', import.meta.url);

/**
 * Reads a table of files with their labels, patients or both: UTF-8, with or without a byte order mark, with column names in its
 * first line, separated by commas, semicolons or tabs.
 * @param names of columns that can't be guessed.
 * @throws FalxError `not-found`; `bad-dataset` no such table; `bad-usage` a missing column.
 */
export async function parseTable(csv: string, names: ColumnNames): Promise<LabelTable> {
  const name = path.basename(csv);
  const delimiter = separatorOf(await beginningOf(csv, name));
  const options = {
    bom: true,
    delimiter,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 256 * 1024,
  };
  const table: LabelTable = { columns: { file: '', label: null, patient: null }, rows: [], nameless: 0 };
  try {
    await pipeline(
      () => textOf(csv, name),
      parse(options),
      async (records: AsyncIterable<{ record: string[]; info: { lines: number } }>) => {
        let at: Record<keyof Columns, number> | null = null;
        for await (const { record, info } of records) {
          if (at) addRow(table, record, info.lines, at);
          else [table.columns, at] = columnsOf(record, names, name);
        }
        if (!at) throw badTable(name, 'empty');
      },
    );
  } catch (cause) {
    if (cause instanceof FalxError || !(cause instanceof Error)) throw cause;
    if ('lines' in cause)
      throw badTable(
        name,
        'format',
        { line: Number(cause.lines), said: { from: 'csv-parse', text: withoutCells(cause.message) } },
        cause,
      );
    throw unreadable(csv, cause);
  }
  if (table.rows.length === 0) throw badTable(name, 'rows');
  return table;
}

function addRow(table: LabelTable, record: string[], line: number, at: Record<keyof Columns, number>): void {
  const cell = (column: number): string => record[column]?.normalize('NFC') ?? '';
  const word = (column: number): string | null => cell(column).replace(UNSEEN, '').trim() || null;
  const file = cell(at.file);
  if (file === '') table.nameless += 1;
  else table.rows.push({ line, file, label: word(at.label), patient: word(at.patient) });
}

/** Zero-width characters, which would make two labels of one that look the same. */
const UNSEEN = /[\u200B\u2060\uFEFF]/g;

async function* textOf(csv: string, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of createReadStream(csv)) yield decoder.decode(chunk as Buffer, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw badTable(name, 'encoding', {}, cause);
  }
}

/** The parser's message, without cell contents, which may be a person's name. */
const withoutCells = (message: string): string => message.replace(/, value is .*$/s, '');

async function beginningOf(csv: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    // Reading a pipe would block, and it could not be read a second time.
    const found = await stat(csv);
    if (!found.isFile()) throw badTable(name, found.isDirectory() ? 'folder' : 'notOrdinary');
    for await (const chunk of createReadStream(csv, { end: BEGINNING - 1 })) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw cause instanceof FalxError ? cause : unreadable(csv, cause as Error);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.subarray(0, 4096).includes(0)) throw badTable(name, 'notText');
  return bytes.toString('utf8');
}

/** Of comma, semicolon and tab, the one that gives the most columns in the first line. */
function separatorOf(text: string): string {
  const line = (/^\uFEFF?\s*([^\r\n]*)/.exec(text)?.[1] ?? '').replace(/"[^"]*"/g, '');
  const count = (separator: string) => line.split(separator).length;
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
}

type TableFault = ParametersOf<'labelsTable'>['fault'];

const badTable = (
  file: string,
  fault: TableFault,
  more: { line?: number; said?: Detail } = {},
  cause?: unknown,
): FalxError => new FalxError('labelsTable', { file, fault, ...more }, { cause });

function unreadable(csv: string, cause: Error): FalxError {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
    return new FalxError('labelsMissing', { file: csv, looked: 'there' }, { cause });
  return new FalxError('labelsNotRead', { file: csv, reason: systemReason(cause) }, { cause });
}
