import type { Rows } from '../statistics/outliers.ts';
import { Assembly, type Address } from '../system/assembly.ts';
import { wasm } from './known-rows.wasm.ts';

/** What known-rows.as exports; it says what each does. */
interface Kernels {
  products(known: Address, rows: number, width: number, asked: Address, to: Address): void;
  nearest(known: Address, rows: number, width: number, asked: Address, count: number, least: Address): void;
}

/** Rows that are asked about at once, and numbers that are loaded at once. */
const FOUR = 4;
/** Numbers after which a row that is too far is left. */
export const PIECE = 7;

const upTo = (number: number, multiple: number): number => multiple * Math.ceil(number / multiple);

/**
 * Rows that others are compared with again and again; they stay in the memory of the loops that do it.
 * @param width numbers of a row as it lies there: those that it lacks are 0. @param order which of a row's numbers come first.
 */
function kept(
  { values, channels }: Rows,
  width: number,
  order?: ArrayLike<number>,
): { loops: Assembly<Kernels>; at: Address; rows: number } {
  const loops = new Assembly<Kernels>(wasm);
  const rows = values.length / channels;
  const at = loops.room(4 * rows * width);
  const to = loops.singles(at, rows * width);
  for (let row = 0; row < rows; row += 1)
    for (let i = 0; i < channels; i += 1)
      to[row * width + i] = values[row * channels + (order ? order[i]! : i)]!;
  loops.keep();
  return { loops, at, rows };
}

/** Rows of length 1, to be told how near others' directions are. */
export class KnownDirections {
  readonly #kept: ReturnType<typeof kept>;
  readonly #channels: number;
  readonly #width: number;

  constructor(known: Rows) {
    this.#channels = known.channels;
    this.#width = upTo(known.channels, FOUR);
    this.#kept = kept(known, this.#width);
  }

  /**
   * Of each row asked about, 1 − the cosine of the k-th nearest of the known rows, 0 to 2; of fewer rows that of the farthest. For what is
   * unusual: Sun, Ming, Zhu and Li 2022, Out-of-distribution detection with deep nearest neighbors, ICML.
   * @param asked of length 1, as many numbers each as the known ones.
   */
  distances({ values }: Rows, k: number): Float64Array {
    const { loops, at, rows } = this.#kept;
    const [channels, width] = [this.#channels, this.#width];
    const count = values.length / channels;
    const distances = new Float64Array(count);
    loops.free();
    const asked = loops.room(4 * FOUR * width);
    const products = loops.room(8 * FOUR * rows);
    const nearest = new Float64Array(Math.min(k, rows));
    for (let from = 0; from < count; from += FOUR) {
      const some = Math.min(FOUR, count - from);
      const to = loops.singles(asked, FOUR * width).fill(0);
      for (let i = 0; i < some; i += 1)
        to.set(values.subarray((from + i) * channels, (from + i + 1) * channels), i * width);
      loops.kernels.products(at, rows, width, asked, products);
      const cosines = loops.floats(products, FOUR * rows);
      for (let i = 0; i < some; i += 1) distances[from + i] = 1 - greatest(cosines, i, nearest);
    }
    return distances;
  }
}

/** The least of the greatest numbers of a column of four. @param work as many as these are. */
function greatest(values: Float64Array, column: number, work: Float64Array): number {
  work.fill(-Infinity);
  for (let at = column; at < values.length; at += FOUR) {
    const value = values[at]!;
    if (value <= work[0]!) continue;
    // The least of them stands first.
    let place = 0;
    for (; place + 1 < work.length && work[place + 1]! < value; place += 1) work[place] = work[place + 1]!;
    work[place] = value;
  }
  return work[0]!;
}

/** Rows of numbers, to be told how near others lie. */
export class KnownPlaces {
  readonly #kept: ReturnType<typeof kept>;
  readonly #order: ArrayLike<number>;

  /** @param known of a multiple of `PIECE` numbers each. @param order which of them are compared first: where most rows differ. */
  constructor(known: Rows, order: ArrayLike<number>) {
    this.#kept = kept(known, known.channels, order);
    this.#order = order;
  }

  /** Of each known row the least squared distance to any of those asked about, or the limit. @returns float32 [rows], until the next call. */
  nearest(asked: readonly Float32Array[], limit: number): Float32Array {
    const { loops, at, rows } = this.#kept;
    const order = this.#order;
    const count = upTo(asked.length, FOUR);
    loops.free();
    const columns = loops.room(4 * order.length * count);
    const least = loops.room(4 * rows);
    const to = loops.singles(columns, order.length * count);
    // The last stands for those that are missing.
    for (let column = 0; column < count; column += 1) {
      const row = asked[Math.min(column, asked.length - 1)]!;
      for (let i = 0; i < order.length; i += 1) to[i * count + column] = row[order[i]!]!;
    }
    loops.singles(least, rows).fill(limit);
    loops.kernels.nearest(at, rows, order.length, columns, count, least);
    return loops.singles(least, rows);
  }
}
