import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Log } from './log.ts';

export type ThumbnailOptions = {
  home: string;
  log: Log;
  /** Most bytes that are kept. */
  most?: number;
  /** Milliseconds without a picture asked for, after which old ones are thrown away. */
  idle?: number;
};

type Kept = { file: string; bytes: number; used: number };

/** Bytes behind each picture that find damage to it: the SHA-256 of what is before them. */
const SEAL = 32;
const sealOf = (jpeg: Uint8Array): Buffer => createHash('sha256').update(jpeg).digest();
const sealed = (jpeg: Uint8Array): Buffer => Buffer.concat([jpeg, sealOf(jpeg)]);

/** The picture, or null when it is damaged, or of before there were seals: it is made anew then. */
function whole(kept: Buffer | null): Buffer | null {
  if (kept === null || kept.length <= SEAL) return null;
  const jpeg = kept.subarray(0, -SEAL);
  return sealOf(jpeg).equals(kept.subarray(-SEAL)) ? jpeg : null;
}

/** How old the time of last use may be, milliseconds: it is not written each time a picture is shown. */
const COARSE = 60 * 60_000;
/** Part of the limit that is left after some were thrown away, so that it is not done for each new one. */
const AFTER = 0.9;

/**
 * Pictures made for windows, in `<home>/cache/thumbnails`: all can be made anew, so that those used longest ago are
 * thrown away, while nobody looks, when they take more room than they should.
 */
export class Thumbnails {
  readonly most: number;
  readonly folder: string;
  readonly #log: Log;
  readonly #idle: number;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes kept; null until they were counted. */
  #bytes: number | null = null;
  #trimming: Promise<void> | null = null;
  #closed = false;

  constructor({ home, log, most = 1e9, idle = 30_000 }: ThumbnailOptions) {
    this.folder = path.join(home, 'cache', 'thumbnails');
    this.#log = log;
    this.most = most;
    this.#idle = idle;
  }

  /** @param sha256 of the picture's file. @returns null when it is not kept. */
  async read(sha256: string, side: number): Promise<Uint8Array | null> {
    const file = this.#fileOf(sha256, side);
    // Whatever keeps it from being read, it can be made anew.
    const kept = whole(await readFile(file).catch(() => null));
    if (kept) await this.#touch(file);
    this.#later();
    return kept;
  }

  /** A picture that can't be kept can still be shown. */
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
      await rm(temporary, { force: true }).catch(() => undefined); // the same disk, and said already
    }
    this.#later();
  }

  /** @returns bytes kept now. */
  async size(): Promise<number> {
    return (this.#bytes = (await this.#list()).reduce((sum, { bytes }) => sum + bytes, 0));
  }

  /** Throws all away. */
  async clear(): Promise<void> {
    await this.#trimming;
    await rm(this.folder, { recursive: true, force: true });
    this.#bytes = 0;
  }

  /** Throws away those of some pictures, in every size. */
  async forget(pictures: readonly string[]): Promise<void> {
    for (const sha256 of pictures) {
      const folder = path.dirname(this.#fileOf(sha256, 0));
      for (const name of await readdir(folder).catch(() => []))
        if (name.startsWith(`${sha256}-`)) await rm(path.join(folder, name), { force: true });
    }
    this.#bytes = null;
  }

  /** Throws those used longest ago away, if all together take too much room. */
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
    const found = await stat(file).catch(() => null); // gone meanwhile
    if (!found || now.getTime() - found.mtimeMs < COARSE) return;
    await utimes(file, now, now).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'a thumbnail’s use was not noted'),
    );
  }

  /** Looks at the room taken once nothing has been asked for in a while. */
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
        const found = await stat(file).catch(() => null); // thrown away meanwhile
        if (found?.isFile()) kept.push({ file, bytes: found.size, used: found.mtimeMs });
      }
      await setImmediate(); // others have their turn
    }
    return kept;
  }
}
