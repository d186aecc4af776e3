import { distance, summaryOf } from '../goldens/formula.ts';
import type { Golden, Mode, What } from '../goldens/golden.ts';

const normOf = (array: ArrayLike<number>): number => {
  let squares = 0;
  for (let i = 0; i < array.length; i++) squares += (array[i] as number) ** 2;
  return Math.sqrt(squares);
};

/** The distance of an array from Keras's, and the norm of Keras's: |a − b| and |b|. */
export interface Apart {
  name: string;
  error: number;
  norm: number;
  length: number;
}

/** Compares arrays with the golden's, completely where it stores them, otherwise by their summaries. */
export function apart(
  golden: Golden,
  size: number,
  mode: Mode,
  what: What,
  arrays: readonly (readonly [string, Float32Array])[],
): Apart[] {
  if (golden.isWhole(size, mode, what)) {
    const whole = golden.whole(
      size,
      mode,
      what,
      arrays.map(([, array]) => array.length),
    );
    return arrays.map(([name, array], row) => {
      const truth = whole[row] as Float32Array;
      return {
        name,
        error: normOf(truth.map((value, i) => value - (array[i] as number))),
        norm: normOf(truth),
        length: array.length,
      };
    });
  }
  const summaries = golden.summaries(size, mode, what);
  if (summaries.length !== arrays.length)
    throw new Error(`${arrays.length} arrays, but Keras has ${summaries.length}`);
  return arrays.map(([name, array], row) => {
    const truth = summaries[row] as (typeof summaries)[number];
    return { name, error: distance(summaryOf(array), truth), norm: truth.norm, length: array.length };
  });
}

/**
 * Those that differ by more than `tolerance` of their norm, worst first, as lines for a failing test to show.
 * @param grace additional tolerance of an array.
 */
export const tooFar = (
  found: readonly Apart[],
  tolerance: number,
  grace: (length: number) => number = () => 0,
): string[] =>
  found
    .filter(({ error, norm, length }) => !(error <= tolerance * norm + grace(length)))
    .sort((a, b) => b.error / b.norm - a.error / a.norm)
    .map(
      ({ name, error, norm }) =>
        `${name}: ${(error / norm).toExponential(1)} of its norm ${norm.toExponential(1)}`,
    );
