import { z } from 'zod';
import { parsed, type RegistryDatabase } from './database.ts';

const Row = z.object({ imageIds: z.array(z.int()) });

/** The training images of runs that used only a share of their split's training set. */
export class TrainingShares {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /**
   * As of the start of training; null if it has not started, used the whole training set, or an older version of Falx trained it.
   */
  get(runId: string): Set<number> | null {
    const [row] = this.#db.query('SELECT imageIds FROM trainingShares WHERE runId = ?', runId);
    if (!row) return null;
    const { imageIds } = this.#db.read(Row, { imageIds: parsed(row['imageIds']) }, 'trainingShares');
    return new Set(imageIds);
  }

  /** Once: a resumed training continues with the same images. */
  keep(runId: string, imageIds: Iterable<number>): void {
    const row = { runId, imageIds: JSON.stringify([...imageIds].sort((a, b) => a - b)) };
    this.#db.write(() => this.#db.insert('trainingShares', row, 'OR IGNORE'));
  }
}
