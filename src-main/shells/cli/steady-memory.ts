/*
 * What the server is started with, so that it does not grow over weeks. Measured in docs/measurements.md.
 *
 * What crosses from other processes comes in pieces of some 64 KiB that live for a moment. glibc puts these among what stays, in as
 * many heaps as there are threads, and could give none of the room between back: from 32 KiB on each has memory of its own here.
 * V8 keeps three times its semi-space, full or not, and lets garbage grow to a multiple of what is used before it looks at it: longer
 * on a busy machine, where it gets fewer turns. So the semi-space has its size from the start, and garbage is collected after each job.
 */
const allocator: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
const v8 = ['--min-semi-space-size=4', '--max-semi-space-size=4', '--heap-growing-percent=60', '--expose-gc'];

/** In the environment of the process that was begun anew: its id, and which of the settings are not the user's own. */
const MARK = 'FALX_STEADY';

/**
 * Begins this process anew, under the same id, with steady memory; once it has been, takes that out of the environment:
 * TensorFlow in a worker would ask the system for every tensor. Called before there is anything to lose.
 */
export function beginSteady(): void {
  const [id, ...ours] = (process.env[MARK] ?? '').split(' ');
  if (id === String(process.pid)) {
    for (const name of [MARK, ...ours]) delete process.env[name];
    return;
  }
  // Other systems' allocators have no such settings.
  if (process.platform !== 'linux' || !process.execve) return;
  const missing = Object.keys(allocator).filter((name) => process.env[name] === undefined);
  process.execve(process.execPath, [process.execPath, ...v8, ...process.execArgv, ...process.argv.slice(1)], {
    ...allocator,
    ...process.env,
    [MARK]: [process.pid, ...missing].join(' '),
  });
}
