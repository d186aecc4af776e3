import { isDeepStrictEqual } from 'node:util';
import { messageOfWorded } from '../contract/errors.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { ClassChoice } from '../contract/labels.ts';
import type { Dataset } from '../contract/records.ts';
import type { EarlierFile, NewImage, NewQuarantined, Source } from '../registry/imports.ts';
import type { Registry } from '../registry/registry.ts';
import type { FoundFile } from './folder-layout.ts';
import type { Reading } from './reading.ts';
import type { FileRows } from './unfinished.ts';

/** A folder's files compared with its earlier import. */
export interface Changes {
  added: number;
  changed: number;
  gone: number;
  unchanged: number;
}

/** The newest dataset of a folder: its results are reused, and changes are counted against it. */
export class Earlier {
  readonly dataset: Dataset;
  readonly #registry: Registry;
  readonly #source: Source;
  readonly #reader: string;
  readonly #count: number;
  #added = 0;
  #changed = 0;
  #unchanged = 0;

  private constructor(registry: Registry, id: string, source: Source, reader: string) {
    this.dataset = registry.datasets.get(id);
    this.#registry = registry;
    this.#source = source;
    this.#reader = reader;
    this.#count = registry.imports.fileCount(id);
  }

  /** @param reader the current rules by which files are read. */
  static of(registry: Registry, folder: string, reader: string): Earlier | null {
    const id = registry.imports.newestOf(folder);
    const source = id === null ? null : registry.imports.source(id);
    return id === null || source === null ? null : new Earlier(registry, id, source, reader);
  }

  /** The classes requested then. */
  get classes(): ClassChoice[] | null {
    return this.#source.classes;
  }

  file(file: string): EarlierFile | null {
    return this.#registry.imports.file(this.dataset.id, file);
  }

  /**
   * The earlier reading of a file that has not changed since; null if it must be read again. Files in quarantine are always read
   * again, since the obstacle may be gone.
   */
  reading({ file, patient }: FoundFile, known: EarlierFile, stamp: string): Reading | null {
    if (this.#source.reader !== this.#reader || known.stamp !== stamp || known.quarantined) return null;
    if (known.images.length === 0) return null;
    // A CSV's patient has replaced the header's, which is not stored; nor is it needed if a CSV provides one again.
    const lost = this.#source.labels?.patients === true;
    if (lost && !patient && known.images.some(({ frame, facts }) => frame !== null || facts !== null))
      return null;
    const pictures = known.images.map(
      ({ id: _, datasetId: __, className: ___, givenPart: ____, ...picture }) => ({
        ...picture,
        patient: lost ? null : picture.patient,
      }),
    );
    return { file, stamp, pictures, reason: null };
  }

  /** Counts the change of a file. @returns whether it is the same, with the same stamp. */
  compare(known: EarlierFile | null, { stamp, images, quarantined }: FileRows): boolean {
    if (!known) this.#added += 1;
    else if (
      JSON.stringify(known.images.map(identityOf)) === JSON.stringify(images.map(identityOf)) &&
      isDeepStrictEqual(reasonIn(known.quarantined), reasonIn(quarantined))
    ) {
      this.#unchanged += 1;
      return known.stamp === stamp && isSame(known.quarantined, quarantined);
    } else this.#changed += 1;
    return false;
  }

  get changes(): Changes {
    return {
      added: this.#added,
      changed: this.#changed,
      gone: this.#count - this.#changed - this.#unchanged,
      unchanged: this.#unchanged,
    };
  }
}

/** Why a file is in quarantine, regardless of its bytes. */
function reasonIn(file: NewQuarantined | null): StoredMessage | null {
  if (!file) return null;
  const { code, parameters } = messageOfWorded({ message: file.reason, facts: file.facts ?? null });
  const { sha256: _, ...rest } = parameters;
  return { code, parameters: rest };
}

const isSame = (one: NewQuarantined | null, other: NewQuarantined | null): boolean =>
  one?.className === other?.className &&
  one?.givenPart === other?.givenPart &&
  one?.patient === other?.patient;

/** What distinguishes an image from another. */
const identityOf = ({ frame, sha256, className, givenPart, patient }: NewImage): unknown[] => [
  frame,
  sha256,
  className,
  givenPart,
  patient,
];
