import { z } from 'zod';
import { parsed, type RegistryDatabase } from './database.ts';

const Row = z.object({ imageIds: z.array(z.int()) });

/** The images that runs were trained on which had a share of their split's training set. */
export class TrainingShares {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** As its training began; null where it has not, had the whole training set, or an older Falx trained it. */
  get(runId: string): Set<number> | null {
    const [row] = this.#db.query('SELECT imageIds FROM trainingShares WHERE runId = ?', runId);
    if (!row) return null;
    const { imageIds } = this.#db.read(Row, { imageIds: parsed(row['imageIds']) }, 'trainingShares');
    return new Set(imageIds);
  }

  /** Once: a training that is resumed goes on with what it began with. */
  keep(runId: string, imageIds: Iterable<number>): void {
    const row = { runId, imageIds: JSON.stringify([...imageIds].sort((a, b) => a - b)) };
    this.#db.write(() => this.#db.insert('trainingShares', row, 'OR IGNORE'));
  }
}
