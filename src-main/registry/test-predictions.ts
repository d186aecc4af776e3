import { z } from 'zod';
import { EvaluatedImage } from '../contract/views.ts';
import type { RegistryDatabase } from './database.ts';

const TestPrediction = z.object({
  imageId: z.int(),
  /** 1: the positive class. */
  label: z.union([z.literal(0), z.literal(1)]),
  probability: z.number().min(0).max(1),
});
export type TestPrediction = z.infer<typeof TestPrediction>;

/** Runs' answers for the images of their test sets. */
export class TestPredictions {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** Stores the probability of each test image, replacing all earlier ones of the run. */
  replace(runId: string, rows: readonly { imageId: number; probability: number }[]): void {
    const { insert, run, write } = this.#db;
    write(() => {
      run('DELETE FROM testPredictions WHERE runId = ?', runId);
      for (const row of rows)
        insert('testPredictions', { ...TestPrediction.omit({ label: true }).parse(row), runId });
    });
  }

  /** In image id order. */
  list(runId: string): TestPrediction[] {
    return this.#db
      .query(
        `SELECT imageId, probability, className = positive AS label
         FROM testPredictions JOIN images ON images.id = imageId JOIN datasets ON datasets.id = datasetId
         WHERE runId = ? ORDER BY imageId`,
        runId,
      )
      .map((row) => this.#db.read(TestPrediction, row, 'testPredictions'));
  }

  /** The same with each image's file and class. */
  withImages(runId: string): EvaluatedImage[] {
    return this.#db
      .query(
        `SELECT imageId, file, className, className = positive AS label, probability
         FROM testPredictions JOIN images ON images.id = imageId JOIN datasets ON datasets.id = datasetId
         WHERE runId = ? ORDER BY imageId`,
        runId,
      )
      .map((row) => this.#db.read(EvaluatedImage, row, 'testPredictions'));
  }
}
