import { expect } from 'vitest';

/**
 * Whether times are judged: by `npm run bench:timed` on a machine with nothing else to do, never by `npm test`, which has
 * to pass on a busy one.
 */
export const timed = process.env['FALX_TIMED'] === '1';

/** Expects a time to be less than so many of the same unit, where times are judged. */
export function expectWithin(time: number | undefined, limit: number): void {
  if (timed) expect(time).toBeLessThan(limit);
}
