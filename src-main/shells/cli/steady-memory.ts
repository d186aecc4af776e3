/*
 * Environment of the server that keeps its memory from growing over weeks. Measured in docs/measurements.md.
 * Data from other processes arrive in pieces of some 64 KiB that live for a moment. glibc places these among long-lived memory, in
 * as many heaps as there are threads, and could not return the space in between: with these settings, allocations from 32 KiB on
 * have memory of their own. V8 keeps three times its semi-space, full or not, and lets garbage grow to a multiple of what is used
 * before it collects: longer on a busy machine, where it gets less time. So the semi-space has a fixed size from the start, and
 * garbage is collected after each job.
 */
const allocator: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
const v8 = ['--min-semi-space-size=4', '--max-semi-space-size=4', '--heap-growing-percent=60', '--expose-gc'];

/** Environment variable of the re-executed process: its pid, and which of the settings are not the user's own. */
const MARK = 'FALX_STEADY';

/**
 * Re-executes this process, with the same pid, with these settings; after that removes them from the environment: TensorFlow in a
 * worker would ask the system for every tensor. Called before there is any state to lose.
 */
export function restartWithSteadyMemory(): void {
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
