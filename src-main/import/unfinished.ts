import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FalxError } from '../contract/errors.ts';
import { Detail, Part } from '../contract/messages/parameters.ts';
import type { Dataset } from '../contract/records.ts';
import type {
  Batch,
  DatasetNotes,
  NewImage,
  NewQuarantined,
  Source,
  StampedFile,
} from '../registry/imports.ts';
import type { Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { startedAfter, isLeftBehind } from '../system/processes.ts';
import type { Reading } from './reading.ts';

/** The rows that one file adds to a dataset. */
export interface FileRows {
  file: string;
  stamp: string | null;
  images: readonly NewImage[];
  quarantined: NewQuarantined | null;
}

export interface ImportStart {
  /** Its name is a wish: one that is taken gets a number. */
  dataset: Omit<Dataset, 'hash'>;
  source: Source;
  /**
   * Version of the rules by which files are read: an import with other rules is not continued. Null for one that can't be resumed.
   */
  rules: string | null;
}

/** Rows per transaction: about 5 milliseconds, during which nothing else runs. Each transaction waits for the disk once. */
const ROWS = 500;
/** Longest time that rows wait to be stored, milliseconds: lost if the process is killed. */
const WAIT = 1000;
/** Age at which unfinished imports are deleted, milliseconds. */
const FORGOTTEN = 30 * 24 * 3600_000;

/** In place of a pid. */
const NOBODY = 0;

/** Datasets that this process is importing. */
const busy = new Set<string>();

/** Whether no process is importing an unfinished dataset any more. */
export const isAbandoned = ({ id, pid, created }: { id: string; pid: number; created: string }): boolean =>
  pid === NOBODY || isLeftBehind(pid, busy.has(id)) || startedAfter(pid, Date.parse(created));

/**
 * A dataset that is being imported into the registry: rows are added as files are read, in batches, and none is visible before the
 * last. An import that was stopped, for whatever reason, leaves its rows; the next one of the same folder and rules reuses them
 * instead of reading those files again.
 */
export class UnfinishedDataset {
  readonly #registry: Registry;
  readonly #beginning: ImportStart;
  readonly #resume: string;
  /** Stopped imports, the one that got furthest first; they now belong to this process, and are deleted with this one. */
  readonly #left: string[];
  readonly #before: (place: number) => FileRows;
  /** Files whose rows equal the earlier dataset's, and are not stored as long as all do. */
  #held = 0;
  #begun = false;
  #batch = newBatch();
  #rows = 0;
  #stored = performance.now();

  private constructor(
    registry: Registry,
    beginning: ImportStart,
    before: (place: number) => FileRows,
    resume: string,
    left: string[],
  ) {
    [this.#registry, this.#beginning, this.#before] = [registry, beginning, before];
    [this.#resume, this.#left] = [resume, left];
  }

  /**
   * @param before the rows of the file at an index, if they were reported equal to the earlier dataset's.
   * @throws FalxError `disk`, `registry`.
   */
  static async open(
    registry: Registry,
    beginning: ImportStart,
    before: (place: number) => FileRows = () => {
      throw new Error('Expected no earlier dataset');
    },
  ): Promise<UnfinishedDataset> {
    const { rules, dataset } = beginning;
    const resume = rules === null ? '' : sha256Of(JSON.stringify([dataset.folder, rules]));
    const left: string[] = [];
    for (const { id, pid, resume: its, created } of registry.imports.unfinished()) {
      if (!isAbandoned({ id, pid, created })) continue;
      const began = Date.parse(created);
      if (its !== '' && its === resume) {
        if (registry.imports.handOver(id, pid, process.pid)) left.push(id);
      } else if (its === '' || Date.now() - began > FORGOTTEN) await drop(registry, id);
    }
    for (const id of [dataset.id, ...left]) busy.add(id);
    const files = new Map(left.map((id) => [id, registry.imports.fileCount(id)]));
    left.sort((one, other) => files.get(other)! - files.get(one)!);
    await rm(path.join(registry.home, 'imports'), { recursive: true, force: true }); // where earlier versions of Falx kept notes
    const unfinished = new UnfinishedDataset(registry, beginning, before, resume, left);
    await unfinished.#forget(1);
    return unfinished;
  }

  /** What a stopped import read of a file, unless the file has changed since. Files in quarantine are always read again. */
  earlier(file: string, stamp: string): Reading | null {
    for (const id of this.#left) {
      const known = this.#registry.imports.file(id, file);
      if (known === null || known.stamp !== stamp || known.quarantined || known.images.length === 0) continue;
      const pictures = known.images.map(
        ({ id: _, datasetId: __, className: ___, givenPart: ____, ...picture }) => picture,
      );
      return { file, stamp, pictures, reason: null };
    }
    return null;
  }

  /**
   * Adds the rows of the next file. @param asBefore whether they equal those of the earlier dataset.
   * @throws FalxError `disk`, `registry`.
   */
  async add(rows: FileRows, asBefore = false): Promise<void> {
    if (asBefore && !this.#begun) this.#held += 1;
    else {
      await this.#begin();
      await this.#put(rows);
    }
  }

  /** Current stamps of the files, if any was read; a thousand or so at a time. */
  async *stamps(): AsyncGenerator<StampedFile[]> {
    if (!this.#begun) return;
    await this.#flush();
    const { imports } = this.#registry;
    const { id } = this.#beginning.dataset;
    for (let names = imports.fileNames(id, '', ROWS); names.length > 0;) {
      yield names.map((file) => ({ file, stamp: imports.stamp(id, file) }));
      names = imports.fileNames(id, names.at(-1)!, ROWS);
    }
  }

  /**
   * Completes the dataset, which makes it visible.
   * @param last called when all rows are stored. @returns the hash over all images, and the notes.
   * @throws FalxError `disk`, `registry`; what `last` throws.
   */
  async finish(last: () => { hash: string; notes: DatasetNotes }): Promise<Dataset> {
    await this.#begin();
    await this.#flush();
    const { id, name } = this.#beginning.dataset;
    const { hash, notes } = last();
    const dataset = this.#registry.datasets.finish(id, name, hash, notes);
    busy.delete(id);
    await this.#forget(0);
    return dataset;
  }

  /** Leaves it for the next import of the folder. Does not report a full disk, which may be why it is left. */
  async leave(): Promise<void> {
    if (this.#begun) await this.#flush().catch(() => undefined);
    for (const id of this.#mine()) {
      try {
        this.#registry.imports.handOver(id, process.pid, NOBODY);
      } catch (error) {
        if (!(error instanceof FalxError)) throw error; // a full disk: it stays this process's, which will end
      }
      busy.delete(id);
    }
  }

  /** Deletes it, and those it took over. What can't be deleted now is deleted by the next import. */
  async drop(): Promise<void> {
    for (const id of this.#mine()) {
      busy.delete(id);
      await drop(this.#registry, id).catch((error: unknown) => {
        if (!(error instanceof FalxError)) throw error;
      });
    }
    this.#begun = false;
  }

  #mine(): string[] {
    return [this.#beginning.dataset.id, ...this.#left];
  }

  /** Deletes all stopped imports except those that got furthest: each had taken over the rows of those it passed. */
  async #forget(but: number): Promise<void> {
    for (const id of this.#left.splice(but)) {
      busy.delete(id);
      await drop(this.#registry, id);
    }
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    const { dataset, source } = this.#beginning;
    this.#registry.imports.begin(dataset, source, process.pid, this.#resume);
    this.#begun = true;
    for (let place = 0; place < this.#held; place += 1) await this.#put(this.#before(place));
  }

  async #put({ file, stamp, images, quarantined }: FileRows): Promise<void> {
    this.#batch.files.push({ file, stamp });
    this.#batch.images.push(...images);
    if (quarantined) this.#batch.quarantined.push(quarantined);
    this.#rows += 1 + images.length;
    if (this.#rows >= ROWS || performance.now() - this.#stored > WAIT) await this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    [this.#batch, this.#rows] = [newBatch(), 0];
    try {
      if (batch.files.length > 0) this.#registry.imports.add(this.#beginning.dataset.id, batch);
    } catch (error) {
      throw this.#resume === '' ? error : notNoted(error);
    }
    this.#stored = performance.now();
    await setImmediate();
  }
}

type Rows = { -readonly [Key in keyof Batch]: Batch[Key][number][] };
const newBatch = (): Rows => ({ images: [], quarantined: [], files: [] });

async function drop(registry: Registry, id: string): Promise<void> {
  while (registry.imports.dropSome(id)) await setImmediate();
}

function notNoted(cause: unknown): unknown {
  if (!(cause instanceof FalxError) || cause.code !== 'disk') return cause;
  const { file, reason, detail } = cause.facts;
  const { data: known } = Part.safeParse(reason);
  return new FalxError(
    'importNotNoted',
    {
      file: typeof file === 'string' ? file : 'none',
      ...(known ? { known: 'yes', reason: known } : { known: 'no' }),
      detail: Detail.safeParse(detail).data,
    },
    { cause },
  );
}
