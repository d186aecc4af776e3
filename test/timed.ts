import { expect } from 'vitest';

/**
 * Whether times are asserted: by `npm run bench:timed` on an idle machine, never by `npm test`, which has to pass on a
 * busy one.
 */
export const timed = process.env['FALX_TIMED'] === '1';

/** Expects a time to be below a limit in the same unit, where times are asserted. */
export function expectWithin(time: number | undefined, limit: number): void {
  if (timed) expect(time).toBeLessThan(limit);
}
