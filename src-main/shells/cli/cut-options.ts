import { FalxError } from '../../contract/errors.ts';
import { planes, type Plane } from '../../images/volume/slices.ts';

/** The plane in which volumes are sliced, as typed. */
export function planeOf(typed: string | undefined): Plane | undefined {
  const plane = planes.find((one) => one === typed);
  if (typed === undefined || plane) return plane;
  throw new FalxError('planeUnknown', { plane: typed, planes });
}

export function slicesOf(typed: number | undefined): number | undefined {
  if (typed === undefined || typed >= 1) return typed;
  throw new FalxError('slicesTooFew', { slices: typed });
}
