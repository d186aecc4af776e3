import { initialValue } from '../networks/initial.ts';
import { headLayer } from './model.ts';
import type { Parameter } from '../networks/parameters.ts';

/** Numbers to start from. */
export interface StartingWeights {
  values: ReadonlyMap<string, Float32Array>;
  sha256: string | null;
  /** Batch normalisation was folded into the convolutions, so its statistics mean nothing and must stay. */
  batchNormFolded: boolean;
}

/** The backbone's numbers from a weight file, or Keras's random start; the head always starts at random. */
export async function startingWeights(
  file: string | null,
  parameters: readonly Parameter[],
  seed: number,
): Promise<StartingWeights> {
  const values = new Map(parameters.map((p) => [p.key, initialValue(p, seed)]));
  if (file === null) return { values, sha256: null, batchNormFolded: false };
  throw new Error('weights reader pending');
}
