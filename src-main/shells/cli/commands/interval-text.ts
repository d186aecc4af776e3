import type { Speech } from '../output.ts';
import { share } from '../text.ts';

/** 0.905 (0.841–0.945); null without a value, shown as a dash in tables. */
export const intervalText = (
  { value, low, high }: { value: number | null; low: number | null; high: number | null },
  { say }: Speech,
): string | null => {
  if (value === null) return null;
  return low === null || high === null
    ? share(value)
    : `${share(value)} (${say('range', { low: share(low), high: share(high) })})`;
};
