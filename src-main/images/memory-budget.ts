/** Runs work that needs this many bytes when they are free, in the order of the calls. */
export type WithinBudget = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

/**
 * A memory budget shared by all callers in this process, so that many files of usual size are processed at once but two giants one
 * after the other.
 * @param limit bytes in all; work that needs more runs alone.
 */
export function memoryBudget(limit: number): WithinBudget {
  let free = limit;
  const waiting: { bytes: number; start: () => void }[] = [];

  return async (asked, work) => {
    const bytes = Math.min(asked, limit);
    if (waiting.length > 0 || bytes > free) {
      await new Promise<void>((start) => waiting.push({ bytes, start }));
    } else {
      free -= bytes;
    }
    try {
      return await work();
    } finally {
      free += bytes;
      for (let next = waiting[0]; next && next.bytes <= free; next = waiting[0]) {
        waiting.shift();
        free -= next.bytes;
        next.start();
      }
    }
  };
}
