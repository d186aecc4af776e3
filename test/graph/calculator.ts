import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorName, writeSavedModel } from '../../src-main/graph/saved-model.ts';
import { Session, type Value } from '../../src-main/tensorflow/session.ts';
import type { Graph, Tensor } from '../../src-main/graph/graph.ts';

/** Whether TensorFlow is available to run graphs: tests that need it are skipped until "npm run setup" has run. */
export const canRun = existsSync(join(import.meta.dirname, '..', '..', '.falx', 'runtime.json'));

/** A graph whose tensors can be evaluated. */
export class Calculator {
  readonly #folder = mkdtempSync(join(tmpdir(), 'falx-graph-'));
  readonly #session: Session;

  constructor(graph: Graph) {
    writeSavedModel(this.#folder, { graph, signatures: {} });
    this.#session = new Session(this.#folder);
  }

  /** @param fed values by placeholder, row-major; an unknown batch size follows from their number. */
  run(fed: readonly (readonly [Tensor, ArrayLike<number>])[], wanted: readonly Tensor[]): Float32Array[] {
    const feeds = Object.fromEntries(
      fed.map(([tensor, numbers]) => [tensorName(tensor), valueOf(tensor, numbers)]),
    );
    return this.#session.run(feeds, wanted.map(tensorName)).map((value) => {
      if (value.dtype !== 'float32') throw new Error(`float32 expected, not ${value.dtype}`);
      return value.data;
    });
  }

  close(): void {
    this.#session.close();
    rmSync(this.#folder, { recursive: true });
  }
}

function valueOf({ dtype, shape }: Tensor, numbers: ArrayLike<number>): Value {
  const known = shape.reduce<number>((product, n) => product * (n ?? 1), 1);
  const dims = shape.map((n) => n ?? numbers.length / known);
  if (dtype === 'int32') return { dtype, shape: dims, data: Int32Array.from(numbers) };
  if (dtype === 'uint8') return { dtype, shape: dims, data: Uint8Array.from(numbers) };
  return { dtype: 'float32', shape: dims, data: Float32Array.from(numbers) };
}
