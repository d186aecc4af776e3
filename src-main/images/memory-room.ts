/** Runs work that needs so many bytes when they are free, in the order asked. */
export type WithRoom = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

/**
 * Memory shared by all callers in this process, so that many files of usual size are worked on at once and two
 * giants one after the other.
 * @param limit bytes in all; work that asks for more runs when nothing else does.
 */
export function roomOf(limit: number): WithRoom {
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
