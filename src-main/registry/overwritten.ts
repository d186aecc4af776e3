import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import path from 'node:path';

/** Bytes of the index of SQLite's log in which it says what has been written back to the file (walformat: WalCkptInfo). */
const INDEX = 132;
/** Bytes of the file that are compared: its first page, with the number that each process which writes gives it (seal.ts). */
const PAGE = 4096;

/**
 * Notices that another hand has written into an open registry, as `cp` does onto it: SQLite does not, and would mix what it has of the
 * old file with the new one. Into a registry that is open SQLite writes only what it takes back from its log, and the log's index
 * says so before and after; so what changes the file while the index stays as it is was somebody else.
 */
export class Overwriting {
  readonly #file: number;
  readonly #index: number;
  #stamp: string;
  #taken: string | null;
  #page: Buffer;

  private constructor(file: number, index: number) {
    [this.#file, this.#index] = [file, index];
    this.#taken = this.#takenBack();
    this.#stamp = stampOf(fstatSync(file, { bigint: true }));
    this.#page = read(file, PAGE);
    // Then the next look begins anew: another process may have written back meanwhile.
    if (this.#takenBack() !== this.#taken) this.#taken = null;
  }

  /** @param file of an open database. Null where that can't be noticed: on Windows, and where there is no log. */
  static of(file: string): Overwriting | null {
    if (process.platform === 'win32') return null;
    let [one, other] = [-1, -1];
    try {
      one = openSync(file, 'r');
      other = openSync(`${file}-shm`, 'r');
      return new Overwriting(one, other);
    } catch {
      for (const opened of [one, other]) if (opened >= 0) closeSync(opened);
      return null;
    }
  }

  /** Whether somebody else has written since this was last asked. */
  noticed(): boolean {
    // The index first, and again at the end: what is read between belongs to it, however busy other processes are.
    const taken = this.#takenBack();
    const stamp = stampOf(fstatSync(this.#file, { bigint: true }));
    if (stamp === this.#stamp && taken === this.#taken) return false;
    // While it is being written back, and where that was cut off, it can't be told.
    if (taken === null) return false;
    const page = read(this.#file, PAGE);
    if (this.#takenBack() !== taken) return false;
    if (taken === this.#taken && !page.equals(this.#page)) return true;
    [this.#stamp, this.#page, this.#taken] = [stamp, page, taken];
    return false;
  }

  /** Pages of the log that were taken back, as the index was read. SQLite reads it in another way, which must come to the same. */
  get pagesTaken(): number {
    return read(this.#index, INDEX).readUInt32LE(96);
  }

  /** Only once the database is closed: whoever closes a file lets go of all locks that this process has on it. */
  close(): void {
    for (const opened of [this.#file, this.#index]) closeSync(opened);
  }

  /** How much of which log was taken back into the file; null while that goes on. */
  #takenBack(): string | null {
    const index = read(this.#index, INDEX);
    if (index.length < INDEX) return null;
    const [salt, done, begun] = [
      index.toString('hex', 32, 40),
      index.readUInt32LE(96),
      index.readUInt32LE(128),
    ];
    return begun > done ? null : `${salt} ${done}`;
  }
}

/**
 * Takes the log of what was overwritten away, which SQLite would write into what lies there now. It is kept: what was in it alone, and
 * of it alone, is nowhere else.
 */
export function putLogAway(file: string): void {
  const log = `${file}-wal`;
  try {
    copyFileSync(log, path.join(path.dirname(file), `registry-overwritten-${Date.now()}.wal`));
    // Whoever has it open finds nothing in it to be written back.
    truncateSync(log, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const gone of [log, `${file}-shm`]) rmSync(gone, { force: true });
}

/** Whether a copy may not be whole yet: there is nothing in it, or something was written a moment ago. */
export function isBeingWritten(file: string): boolean {
  const { size, mtimeMs } = statSync(file);
  return size === 0 || Math.abs(Date.now() - mtimeMs) < MOMENT;
}

/** Milliseconds. */
const MOMENT = 2000;

const stampOf = ({ mtimeNs, size }: { mtimeNs: bigint; size: bigint }): string => `${mtimeNs} ${size}`;

function read(file: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
}
