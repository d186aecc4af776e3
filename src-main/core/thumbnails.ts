import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Log } from './log.ts';

export type ThumbnailOptions = {
  home: string;
  log: Log;
  /** Most bytes kept. */
  most?: number;
  /** Milliseconds without requests after which old ones are deleted. */
  idle?: number;
};

type Kept = { file: string; bytes: number; used: number };

/** Bytes after each picture to detect damage: the SHA-256 of what precedes them. */
const SEAL = 32;
const sealOf = (jpeg: Uint8Array): Buffer => createHash('sha256').update(jpeg).digest();
const sealed = (jpeg: Uint8Array): Buffer => Buffer.concat([jpeg, sealOf(jpeg)]);

/** The picture, or null if it is damaged, or older than checksums: it is made again then. */
function whole(kept: Buffer | null): Buffer | null {
  if (kept === null || kept.length <= SEAL) return null;
  const jpeg = kept.subarray(0, -SEAL);
  return sealOf(jpeg).equals(kept.subarray(-SEAL)) ? jpeg : null;
}

/** Precision of the time of last use, milliseconds: it is not written each time a picture is shown. */
const COARSE = 60 * 60_000;
/** Fraction of the limit that is left after deleting, so that it is not done for each new one. */
const AFTER = 0.9;

/**
 * Cached pictures for windows, in `<home>/cache/thumbnails`: all can be made again, so the least recently used are deleted, while
 * idle, when they exceed the limit.
 */
export class Thumbnails {
  readonly most: number;
  readonly folder: string;
  readonly #log: Log;
  readonly #idle: number;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes kept; null before they were counted. */
  #bytes: number | null = null;
  #trimming: Promise<void> | null = null;
  #closed = false;

  constructor({ home, log, most = 1e9, idle = 30_000 }: ThumbnailOptions) {
    this.folder = path.join(home, 'cache', 'thumbnails');
    this.#log = log;
    this.most = most;
    this.#idle = idle;
  }

  /** @param sha256 of the picture's file. @returns null if it is not cached. */
  async read(sha256: string, side: number): Promise<Uint8Array | null> {
    const file = this.#fileOf(sha256, side);
    // Whatever prevents reading it, it can be made again.
    const kept = whole(await readFile(file).catch(() => null));
    if (kept) await this.#touch(file);
    this.#later();
    return kept;
  }

  /** A picture that can't be cached can still be shown. */
  async keep(sha256: string, side: number, jpeg: Uint8Array): Promise<void> {
    const file = this.#fileOf(sha256, side);
    const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(temporary, sealed(jpeg));
      await rename(temporary, file);
      if (this.#bytes !== null) this.#bytes += jpeg.length + SEAL;
    } catch (error) {
      this.#log.warn({ err: error }, 'a thumbnail was not kept');
      await rm(temporary, { force: true }).catch(() => undefined); // the same disk, and reported already
    }
    this.#later();
  }

  /** @returns bytes kept now. */
  async size(): Promise<number> {
    return (this.#bytes = (await this.#list()).reduce((sum, { bytes }) => sum + bytes, 0));
  }

  /** Deletes all. */
  async clear(): Promise<void> {
    await this.#trimming;
    await rm(this.folder, { recursive: true, force: true });
    this.#bytes = 0;
  }

  /** Deletes those of some pictures, in every size. */
  async forget(pictures: readonly string[]): Promise<void> {
    for (const sha256 of pictures) {
      const folder = path.dirname(this.#fileOf(sha256, 0));
      for (const name of await readdir(folder).catch(() => []))
        if (name.startsWith(`${sha256}-`)) await rm(path.join(folder, name), { force: true });
    }
    this.#bytes = null;
  }

  /** Deletes the least recently used, if all together exceed the limit. */
  async trim(): Promise<void> {
    const kept = await this.#list();
    let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes > this.most) {
      kept.sort((a, b) => a.used - b.used);
      for (const one of kept) {
        if (bytes <= this.most * AFTER || this.#closed) break;
        await rm(one.file, { force: true });
        bytes -= one.bytes;
      }
    }
    this.#bytes = bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#trimming;
  }

  #fileOf(sha256: string, side: number): string {
    return path.join(this.folder, sha256.slice(0, 2), `${sha256}-${side}.jpg`);
  }

  async #touch(file: string): Promise<void> {
    const now = new Date();
    const found = await stat(file).catch(() => null); // deleted meanwhile
    if (!found || now.getTime() - found.mtimeMs < COARSE) return;
    await utimes(file, now, now).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'a thumbnail’s use was not noted'),
    );
  }

  /** Checks the limit once there have been no requests for a while. */
  #later(): void {
    if (this.#closed || (this.#bytes !== null && this.#bytes <= this.most)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#trimming ??= this.trim()
        .catch((error: unknown) => this.#log.warn({ err: error }, 'old thumbnails were not thrown away'))
        .finally(() => (this.#trimming = null));
    }, this.#idle).unref();
  }

  async #list(): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (const folder of await readdir(this.folder).catch(() => [])) {
      const inside = path.join(this.folder, folder);
      for (const name of await readdir(inside).catch(() => [])) {
        const file = path.join(inside, name);
        const found = await stat(file).catch(() => null); // deleted meanwhile
        if (found?.isFile()) kept.push({ file, bytes: found.size, used: found.mtimeMs });
      }
      await setImmediate(); // lets other work run
    }
    return kept;
  }
}
