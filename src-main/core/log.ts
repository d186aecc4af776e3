import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pino, type Logger } from 'pino';
import { FalxError } from '../contract/errors.ts';
import { systemReason } from '../system/system-reason.ts';
import { makeFolders } from '../system/folders.ts';
import { programFolder } from '../system/installation.ts';
import { falxVersion } from '../version.ts';

/** A file larger than this becomes `falx.1.log`, replacing the one before. */
const MOST_BYTES = 4 * 2 ** 20;

export interface Log extends Logger {
  readonly file: string;
  /** The newest lines without paths and names, to be shown to others. */
  shared(): Promise<string>;
  close(): void;
}

/** Opens `<home>/logs/falx.log`, one JSON object per line. @throws FalxError `disk` if it can't be written. */
export function openLog(home: string): Log {
  const file = path.join(home, 'logs', 'falx.log');
  const lines = new RotatedFile(file);
  const logger = pino(
    {
      base: { falx: falxVersion(), pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => bounded(pino.stdSerializers.err(error as Error)) },
    },
    lines,
  );
  return Object.assign(logger, {
    file,
    shared: async () => {
      const text = await readFile(file, 'utf8');
      return text
        .split('\n')
        .slice(-SHARED_LINES)
        .flatMap((line) => (line === '' ? [] : [JSON.stringify(withoutPaths(parsed(line)))]))
        .join('\n');
    },
    close: () => lines.close(),
  });
}

const SHARED_LINES = 1000;

/** Most characters of a text, fields of a record, and nesting that are logged of an error. */
const [TEXT, FIELDS, DEPTH] = [4000, 50, 5];

/** An error as it is logged, bounded: the sender of malformed input must not control how much is written. */
function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length > TEXT ? `${value.slice(0, TEXT)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, FIELDS).map((one) => bounded(one, depth + 1));
  const fields = Object.entries(value).slice(0, FIELDS);
  return Object.fromEntries(fields.map(([key, inner]) => [key.slice(0, 100), bounded(inner, depth + 1)]));
}

/** A line truncated by a crash is text. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/**
 * A logged value without anything that identifies people or data: of each path and each quoted name only the extension is left.
 * Falx's own files keep their names, so that a stack can be read. Errs on the side of removing too much.
 */
export function withoutPaths(value: unknown): unknown {
  if (typeof value === 'string') return value.split('\n').map(lineWithoutPaths).join('\n');
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutPaths(inner)]));
}

function lineWithoutPaths(line: string): string {
  const own = line.replaceAll(`file://${programFolder}`, '<falx>').replaceAll(programFolder, '<falx>');
  if (/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(own)) return hidden(own);
  // A path in a sentence may contain spaces: it extends to a character that is rare in paths.
  return own
    .replace(/"[^"]*"/g, (quoted) => `"${hidden(quoted.slice(0, -1))}"`)
    .replace(
      /(?<=[\s(=,'`]|file:\/\/)(?:\/|[A-Za-z]:[\\/]|\\\\).+?(?= \(|\)|\.(?: |$)|, |[;"`]|'(?!\w)|:(?: |\d|$)|$)/g,
      hidden,
    );
}

const hidden = (name: string): string => `<path>${/\.[A-Za-z]\w{0,4}$/.exec(name)?.[0] ?? ''}`;

/** As pino writes a warning. */
const lostLine = (lines: number): string =>
  `${JSON.stringify({ level: 40, time: new Date().toISOString(), lost: lines, msg: 'lines could not be written' })}\n`;

/**
 * Written line by line, synchronously: what was logged before a crash is there. Once open it never throws: a full disk must not end
 * anything for the sake of logging. Lost lines are counted, and reported when there is room again.
 */
class RotatedFile {
  readonly #file: string;
  /** Null after a failure: it is opened again for the next line, since the disk may be back. */
  #handle: number | null = null;
  #bytes = 0;
  #lost = 0;

  constructor(file: string) {
    this.#file = file;
    try {
      makeFolders(path.dirname(file));
      this.#open();
    } catch (cause) {
      throw new FalxError('falxLogNotWritten', { file, reason: systemReason(cause) }, { cause });
    }
  }

  write(line: string): void {
    try {
      if (this.#handle === null) this.#open();
      else if (this.#bytes > MOST_BYTES) this.#rotate();
      this.#put(this.#lost === 0 ? line : `\n${lostLine(this.#lost)}${line}`);
      this.#lost = 0;
    } catch {
      this.#lost += 1;
      this.close();
    }
  }

  close(): void {
    const handle = this.#handle;
    this.#handle = null;
    try {
      if (handle !== null) closeSync(handle);
    } catch {
      // Some disks report only now that they are full; there is nobody to tell.
    }
  }

  #put(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#handle!, bytes, at);
    this.#bytes += bytes.length;
  }

  #open(): void {
    this.#handle = openSync(this.#file, 'a');
    this.#bytes = fstatSync(this.#handle).size;
  }

  #rotate(): void {
    this.close();
    renameSync(this.#file, this.#file.replace(/\.log$/, '.1.log'));
    this.#open();
  }
}
