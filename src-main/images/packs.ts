import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** Before each record in a pack: a marker, the number of bytes that follow, and the key. Numbers are little-endian. */
const MARK = 0x4b_50_58_46;
const KEY = 32;
const HEAD = 8 + KEY;

/** Size from which a pack is not added to, bytes: packs are deleted as a whole. */
const FULL = 32e6;
/** How long an idle pack stays open, milliseconds: meanwhile its disk can't be unmounted. */
const REST = 1000;
/**
 * How long after closing it a process may add to its pack again, and after how long an unchanged pack is complete, milliseconds.
 */
const AGAIN = 60_000;
const WHOLE = 10 * 60_000;
/** Precision of the time of last use, milliseconds: it is not written each time. */
const COARSE = 24 * 3600_000;
/** How long another process's changes may go unnoticed where that does no harm, milliseconds. */
const NOTICE = 10_000;

interface Place {
  pack: string;
  at: number;
  bytes: number;
}

interface Writing {
  pack: string;
  file: number;
  size: number;
  last: number;
  rest: NodeJS.Timeout;
}

/**
 * A store of bytes by key, in a few large files of a folder: creating a file for each took five times as long as writing it. Each
 * process appends to a file of its own. Nothing is flushed: the content itself must show whether it is intact.
 */
export class Packs {
  readonly #folder: string;
  readonly #ending: string;
  readonly #places = new Map<string, Place>();
  /** How far packs were scanned; those that no longer grow, to their end. */
  readonly #seen = new Map<string, { to: number; whole: boolean }>();
  #looked = -Infinity;
  #writing: Writing | null = null;
  /** This process's pack while it is closed. */
  #resting: Omit<Writing, 'file' | 'rest'> | null = null;
  /** Scratch buffer. */
  #record = Buffer.alloc(0);

  /** @param version of the content: other versions' packs are not read, and are deleted. */
  constructor(folder: string, version: number) {
    [this.#folder, this.#ending] = [folder, `-${version}.pack`];
  }

  /** Whether there is something under a key, intact or not; may lag behind other processes' changes. */
  has(key: string): boolean {
    if (performance.now() - this.#looked > NOTICE) this.#look();
    return this.#places.has(key);
  }

  /** The content of a key; null if there is none, or it can't be read. */
  read(key: string): Buffer | null {
    if (!this.#places.has(key)) this.#look();
    const place = this.#places.get(key);
    if (!place) return null;
    try {
      const file = openSync(this.#at(place.pack), 'r');
      try {
        const record = Buffer.allocUnsafe(HEAD + place.bytes);
        if (!isRead(file, record, place.at) || !isHead(record, key, place.bytes)) return null;
        const now = Date.now();
        if (now - fstatSync(file).mtimeMs > COARSE) utimesSync(this.#at(place.pack), now / 1000, now / 1000);
        return record.subarray(HEAD);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      this.#places.delete(key); // deleted, or unreadable
      if (isOfSystem(error)) return null;
      throw error;
    }
  }

  /** The current content of the key is damaged. */
  forget(key: string): void {
    this.#places.delete(key);
  }

  /**
   * Appends to this process's pack, completely or not at all, replacing the key's content. @returns whether it could be written.
   */
  add(key: string, content: Uint8Array): boolean {
    if (this.#record.length < HEAD + content.length) this.#record = Buffer.alloc(HEAD + content.length);
    const record = this.#record.subarray(0, HEAD + content.length);
    record.writeUInt32LE(MARK, 0);
    record.writeUInt32LE(content.length, 4);
    record.write(key, 8, KEY, 'hex');
    record.set(content, HEAD);
    let writing: Writing | null = null;
    try {
      writing = this.#open();
      for (let done = 0; done < record.length;)
        done += writeSync(writing.file, record, done, record.length - done, writing.size + done);
    } catch (error) {
      if (writing) this.#takeBack(writing);
      if (isOfSystem(error)) return false;
      throw error;
    }
    this.#places.set(key, { pack: writing.pack, at: writing.size, bytes: content.length });
    writing.size += record.length;
    this.#seen.set(writing.pack, { to: writing.size, whole: false });
    return true;
  }

  /**
   * Deletes the least recently used packs if all exceed the limit, and anything else in the folder: other versions' packs, and
   * files of earlier versions of Falx. @returns bytes that are left.
   */
  async trim(most: number, after: number): Promise<number> {
    const packs: { name: string; bytes: number; used: number }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const found = name.endsWith(this.#ending) ? await stat(this.#at(name)).catch(() => null) : null;
      if (found?.isFile()) packs.push({ name, bytes: found.size, used: found.mtimeMs });
      else await rm(this.#at(name), { recursive: true, force: true });
    }
    packs.sort((a, b) => a.used - b.used);
    let left = packs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (left <= most) return left;
    for (const { name, bytes } of packs) {
      if (left <= most * after) break;
      await rm(this.#at(name), { force: true });
      this.#lose(name);
      left -= bytes;
      await setImmediate(); // lets other work run
    }
    return left;
  }

  /** Closes this process's pack; it is reopened if something is added soon. */
  close(): void {
    if (!this.#writing) return;
    const { file, rest, ...resting } = this.#writing;
    clearTimeout(rest);
    closeSync(file);
    [this.#writing, this.#resting] = [null, resting];
  }

  readonly #at = (pack: string): string => path.join(this.#folder, pack);

  #open(): Writing {
    const writing = this.#writing;
    if (writing) {
      // Its folder may have been deleted meanwhile.
      if (writing.size < FULL && fstatSync(writing.file).nlink > 0) {
        writing.last = performance.now();
        return writing;
      }
      this.close();
    }
    const again = this.#again();
    if (again) return (this.#writing = again);
    // Later ones sort after earlier ones by name.
    const pack = `${Date.now()}-${process.pid}-${randomUUID().slice(0, 8)}${this.#ending}`;
    const create = () => openSync(this.#at(pack), 'wx', 0o600);
    let file: number;
    try {
      file = create();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(this.#folder, { recursive: true });
      file = create();
    }
    return (this.#writing = { pack, file, size: 0, last: performance.now(), rest: this.#restLater() });
  }

  /** The pack that was closed when idle, if it still exists unchanged. */
  #again(): Writing | null {
    const resting = this.#resting;
    this.#resting = null;
    if (!resting || resting.size >= FULL || performance.now() - resting.last > AGAIN) return null;
    try {
      const file = openSync(this.#at(resting.pack), 'r+');
      if (fstatSync(file).size === resting.size)
        return { ...resting, file, last: performance.now(), rest: this.#restLater() };
      closeSync(file);
    } catch (error) {
      if (!isOfSystem(error)) throw error; // it was deleted
    }
    return null;
  }

  #restLater(): NodeJS.Timeout {
    return setInterval(() => {
      if (this.#writing && performance.now() - this.#writing.last > REST) this.close();
    }, REST).unref();
  }

  #takeBack(writing: Writing): void {
    try {
      ftruncateSync(writing.file, writing.size);
    } catch (error) {
      if (!isOfSystem(error)) throw error; // the same fault of the same disk: the incomplete record is ignored
    }
    this.close();
    this.#resting = null;
  }

  #lose(pack: string): void {
    this.#seen.delete(pack);
    for (const [key, place] of this.#places) if (place.pack === pack) this.#places.delete(key);
  }

  /** Scans for new content. */
  #look(): void {
    this.#looked = performance.now();
    let names: string[];
    try {
      names = readdirSync(this.#folder).filter((name) => name.endsWith(this.#ending));
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      names = [];
    }
    const there = new Set(names);
    for (const pack of [...this.#seen.keys()]) if (!there.has(pack)) this.#lose(pack);
    for (const pack of names.sort()) {
      if (this.#seen.get(pack)?.whole) continue;
      try {
        this.#lookThrough(pack);
      } catch (error) {
        if (!isOfSystem(error)) throw error; // deleted just now
      }
    }
  }

  #lookThrough(pack: string): void {
    const { size, mtimeMs } = statSync(this.#at(pack));
    let to = this.#seen.get(pack)?.to ?? 0;
    const whole = Date.now() - mtimeMs > WHOLE;
    if (size > to) {
      const file = openSync(this.#at(pack), 'r');
      try {
        const head = Buffer.allocUnsafe(HEAD);
        while (to + HEAD <= size && isRead(file, head, to) && head.readUInt32LE(0) === MARK) {
          const bytes = head.readUInt32LE(4);
          if (to + HEAD + bytes > size) break;
          this.#places.set(head.toString('hex', 8), { pack, at: to, bytes });
          to += HEAD + bytes;
        }
      } finally {
        closeSync(file);
      }
    }
    this.#seen.set(pack, { to, whole });
  }
}

const isHead = (record: Buffer, key: string, bytes: number): boolean =>
  record.readUInt32LE(0) === MARK &&
  record.readUInt32LE(4) === bytes &&
  record.toString('hex', 8, HEAD) === key;

function isRead(file: number, to: Buffer, at: number): boolean {
  for (let done = 0; done < to.length;) {
    const count = readSync(file, to, done, to.length - done, at + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

const isOfSystem = (error: unknown): boolean => error instanceof Error && 'code' in error;
