import { rmSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';

/** Number of jobs whose files are kept, the newest. */
const KEPT = 5;

/**
 * Files that jobs have made for a window to save, in `<home>/cache/downloads/<job>`, until Falx closes or newer ones replace them.
 */
export class Downloads {
  readonly #root: string;
  /** By job, oldest first: its files' names. */
  readonly #offered = new Map<string, readonly string[]>();

  constructor(home: string) {
    this.#root = path.join(home, 'cache', 'downloads');
    this.close(); // left by a killed process
  }

  /** A new, empty folder for a job's files. */
  async folder(jobId: string): Promise<string> {
    const folder = path.join(this.#root, jobId);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Offers a job's files for saving. */
  async offer(jobId: string, names: readonly string[]): Promise<void> {
    this.#offered.set(jobId, names);
    for (const old of [...this.#offered.keys()].slice(0, -KEPT)) await this.drop(old);
  }

  async drop(jobId: string): Promise<void> {
    this.#offered.delete(jobId);
    await rm(path.join(this.#root, jobId), { recursive: true, force: true });
  }

  /** @returns its path and size. @throws FalxError `not-found`. */
  async find(jobId: string, name: string): Promise<{ file: string; bytes: number }> {
    const file = path.join(this.#root, jobId, name);
    const found = this.#offered.get(jobId)?.includes(name) ? await stat(file).catch(() => null) : null;
    if (!found) throw new FalxError('downloadGone', { name });
    return { file, bytes: found.size };
  }

  close(): void {
    this.#offered.clear();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
