import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { newId } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { isLeftBehind } from '../system/processes.ts';
import { Reading } from './reading.ts';

/** Bytes that are written at once, and how long they wait for that at most, milliseconds. */
const BATCH = 64 * 1024;
const WAIT = 1000;
/** A journal nobody has written to for so long is nobody's, whatever process has its number now, milliseconds. */
const STALE = 60_000;
/** Journals of imports that were never finished are thrown away after so long, milliseconds. */
const FORGOTTEN = 30 * 24 * 3600 * 1000;

/**
 * What an import has read so far: a line a file, in a file below the home. An import that was stopped, whatever
 * stopped it, leaves its journal; the next one of the same folder and rules reads only what is not in there.
 * Lines are written in batches and never synced: a journal that lost its end costs reading those files again.
 */
export class Journal {
  readonly #file: string;
  readonly #handle: FileHandle;
  /** Journals taken over: thrown away with this one. */
  readonly #old: string[];
  /** File → line, of the journals taken over. */
  readonly #earlier: Map<string, string>;
  #waiting: string[] = [];
  #bytes = 0;
  /** When the first of those that wait came. */
  #since = 0;

  private constructor(file: string, handle: FileHandle, old: string[], earlier: Map<string, string>) {
    this.#file = file;
    this.#handle = handle;
    this.#old = old;
    this.#earlier = earlier;
  }

  /**
   * Opens a new journal and takes over those that stopped imports of the same folder have left.
   * @param reader the rules by which files are read. @throws FalxError `disk`.
   */
  static async open(home: string, folder: string, reader: string): Promise<Journal> {
    const all = path.join(home, 'imports');
    const key = sha256Of(JSON.stringify([folder, reader])).slice(0, 24);
    const mine: string[] = [];
    const newName = (): string => {
      const file = nameOf(all, key, process.pid);
      mine.push(file);
      busy.add(file);
      return file;
    };
    return onDisk(all, async () => {
      await mkdir(all, { recursive: true });
      await forgetOld(all);
      const old = await takeOver(all, key, newName);
      const earlier = new Map<string, string>();
      for (const file of old) await index(file, earlier);
      const kept = old.length > 1 ? [await merge(old, earlier, newName())] : old;
      const file = newName();
      return new Journal(file, await open(file, 'wx+'), kept, earlier);
    }).catch((error: unknown) => {
      for (const file of mine) busy.delete(file);
      throw error;
    });
  }

  /** What a stopped import read of a file, unless the file has changed since. */
  earlier(file: string, stamp: string): Reading | null {
    const line = this.#earlier.get(file);
    const reading = line === undefined ? null : Reading.parse(JSON.parse(line));
    return reading?.stamp === stamp ? reading : null;
  }

  /** @throws FalxError `disk`. */
  async add(reading: Reading): Promise<void> {
    const line = `${JSON.stringify(reading)}\n`;
    if (this.#waiting.push(line) === 1) this.#since = performance.now();
    this.#bytes += line.length;
    if (this.#bytes > BATCH || performance.now() - this.#since > WAIT) await this.#flush();
  }

  /** All that was added, in that order. */
  async *readings(): AsyncGenerator<Reading> {
    await this.#flush();
    // Written by this very process: the registry checks the records once more.
    for await (const line of linesOf(this.#file)) yield JSON.parse(line) as Reading;
  }

  /** Leaves it for the next import of the folder. Says nothing of a full disk, which is why it is left, perhaps. */
  async leave(): Promise<void> {
    await this.#flush().catch(() => undefined);
    await this.#handle.close();
    for (const file of this.#mine())
      await rename(file, nameOf(path.dirname(file), keyOf(file), 0)).catch(absent);
  }

  /** Throws it away, and those it took over. */
  async drop(): Promise<void> {
    await this.#handle.close();
    for (const file of this.#mine()) await rm(file, { force: true });
  }

  /** Its files, which are nobody's from now on. */
  #mine(): string[] {
    const files = [this.#file, ...this.#old];
    for (const file of files) busy.delete(file);
    return files;
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('');
    [this.#waiting, this.#bytes] = [[], 0];
    if (text !== '') await onDisk(this.#file, () => this.#handle.appendFile(text));
  }
}

/** Journals that this process is at. */
const busy = new Set<string>();

// Names are <key>.<pid>.<random>.jsonl; pid 0 is nobody's.
const nameOf = (folder: string, key: string, pid: number): string =>
  path.join(folder, `${key}.${pid}.${newId('job')}.jsonl`);
const keyOf = (file: string): string => path.basename(file).split('.')[0]!;

/** Makes the journals of ended imports this process's own. Renaming is one step, so no two processes get the same. */
async function takeOver(all: string, key: string, newName: () => string): Promise<string[]> {
  const mine: string[] = [];
  for (const name of await readdir(all)) {
    const [its, pid = '', , ending] = name.split('.');
    if (its !== key || ending !== 'jsonl') continue;
    const from = path.join(all, name);
    const left = pid === '0' || isLeftBehind(Number(pid), busy.has(from));
    if (!left && (Number(pid) === process.pid || (await ageOf(from)) < STALE)) continue;
    const to = newName();
    if (await rename(from, to).then(() => true, absent)) mine.push(to);
  }
  // The newest last: of two lines of a file its own is the one that counts.
  const ages = new Map(await Promise.all(mine.map(async (file) => [file, await ageOf(file)] as const)));
  return mine.sort((one, other) => ages.get(other)! - ages.get(one)!);
}

/**
 * Makes one journal of several, so that an import which is stopped again and again leaves no more than that. Stopped here,
 * too, it has lost nothing: a part of it is a journal like the others.
 */
async function merge(
  old: readonly string[],
  lines: ReadonlyMap<string, string>,
  into: string,
): Promise<string> {
  const handle = await open(into, 'wx');
  try {
    let waiting = '';
    for (const line of lines.values()) {
      waiting += `${line}\n`;
      if (waiting.length < BATCH) continue;
      await handle.appendFile(waiting);
      waiting = '';
    }
    await handle.appendFile(waiting);
  } finally {
    await handle.close();
  }
  for (const file of old) await rm(file);
  return into;
}

async function forgetOld(all: string): Promise<void> {
  for (const name of await readdir(all)) {
    const file = path.join(all, name);
    if (name.endsWith('.jsonl') && (await ageOf(file)) > FORGOTTEN) await rm(file, { force: true });
  }
}

const ageOf = async (file: string): Promise<number> =>
  Date.now() -
  (await stat(file).then(
    (status) => status.mtimeMs,
    () => Date.now(),
  ));

/** Adds the lines of a journal. The process may have died in the midst of one: what is no whole line ends it. */
async function index(file: string, into: Map<string, string>): Promise<void> {
  for await (const line of linesOf(file)) {
    const reading = Reading.safeParse(asJson(line));
    if (!reading.success) return;
    into.set(reading.data.file, line);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 2 ** 18 })) {
    const lines = (rest + (chunk as string)).split('\n'); // and by nothing else: names may hold other line ends
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function absent(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false;
  throw error;
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new FalxError(
      'disk',
      `The import can’t note down how far it has come in "${file}" (${cause.message}). Free some space and import the ` +
        'folder again: it goes on where it was.',
      { why: 'importNotNoted', file, reason: cause.message },
      { cause },
    );
  }
}
