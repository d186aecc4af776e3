import { vi } from 'vitest';

/** Waits until `look` no longer throws, like `vi.waitFor`, whose own limit of one second is too short for a busy machine. */
export const eventually = <T>(look: () => T | Promise<T>, milliseconds = 60_000): Promise<T> =>
  vi.waitFor(look, milliseconds);
