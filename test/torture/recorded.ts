import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readOperations, type Operation } from './cut-disk.ts';
import { falx } from './lane.ts';

/** Has the real command line do what is asked, and keeps the order in which it changes files and names below its home. */
export class Recorder {
  readonly #folder: string;
  readonly #library: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#library = path.join(folder, 'record.so');
    const source = path.join(import.meta.dirname, 'record.c');
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', this.#library, source, '-ldl']);
  }

  /** @throws Error when one of the commands fails. */
  async operations(home: string, ...commands: readonly (readonly string[])[]): Promise<Operation[]> {
    const log = path.join(this.#folder, 'operations');
    if (existsSync(log)) rmSync(log);
    const recording = { LD_PRELOAD: this.#library, FALX_RECORD_MATCH: home, FALX_RECORD_LOG: log };
    for (const args of commands) {
      const ended = await falx(home, args, recording);
      if (ended.code !== 0) throw new Error(`${args.join(' ')} undisturbed: ${ended.stderr}`);
    }
    return readOperations(log).filter(({ path: file }) => !/-shm$|\.lock/.test(file));
  }
}
