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

/** Size of the part of the WAL index that says what was checkpointed (walformat: WalCkptInfo), bytes. */
const INDEX = 132;
/**
 * Size of the part of the file that is compared: its first page, with the number that each writing process sets (seal.ts), bytes.
 */
const PAGE = 4096;

/**
 * Detects that something else has overwritten an open registry, as `cp` does: SQLite does not, and would mix its pages of the old
 * file with the new one. SQLite writes to an open registry only while checkpointing, and the WAL index says so before and after; so
 * if the file changes while the index does not, something else wrote it.
 */
export class OverwriteDetector {
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
    // The next look starts afresh: another process may have checkpointed meanwhile.
    if (this.#takenBack() !== this.#taken) this.#taken = null;
  }

  /** @param file of an open database. Null if overwriting can't be detected: on Windows, and without a log. */
  static of(file: string): OverwriteDetector | null {
    if (process.platform === 'win32') return null;
    let [one, other] = [-1, -1];
    try {
      one = openSync(file, 'r');
      other = openSync(`${file}-shm`, 'r');
      return new OverwriteDetector(one, other);
    } catch {
      for (const opened of [one, other]) if (opened >= 0) closeSync(opened);
      return null;
    }
  }

  /** Whether something else has written since the last call. */
  isOverwritten(): boolean {
    // The index first, and again at the end: if it is unchanged, what is read between belongs to it.
    const taken = this.#takenBack();
    const stamp = stampOf(fstatSync(this.#file, { bigint: true }));
    if (stamp === this.#stamp && taken === this.#taken) return false;
    // During a checkpoint, or after an interrupted one, it can't be told.
    if (taken === null) return false;
    const page = read(this.#file, PAGE);
    if (this.#takenBack() !== taken) return false;
    if (taken === this.#taken && !page.equals(this.#page)) return true;
    [this.#stamp, this.#page, this.#taken] = [stamp, page, taken];
    return false;
  }

  /** Pages of the log that were checkpointed, as read from the index. SQLite's own count must be the same. */
  get checkpointedPages(): number {
    return read(this.#index, INDEX).readUInt32LE(96);
  }

  /** Only after the database is closed: closing a file releases all of this process's locks on it. */
  close(): void {
    for (const opened of [this.#file, this.#index]) closeSync(opened);
  }

  /** How much of which log was checkpointed; null while that is in progress. */
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
 * Moves the log of an overwritten file aside, which SQLite would otherwise apply to the new file. It is kept, since its last
 * changes exist nowhere else.
 */
export function moveLogAside(file: string): void {
  const log = `${file}-wal`;
  try {
    copyFileSync(log, path.join(path.dirname(file), `registry-overwritten-${Date.now()}.wal`));
    // Processes that have it open find nothing in it to checkpoint.
    truncateSync(log, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const gone of [log, `${file}-shm`]) rmSync(gone, { force: true });
}

/** Whether a copy may be incomplete: it is empty, or was written to a moment ago. */
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
