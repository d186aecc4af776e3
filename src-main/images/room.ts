import { MAX_BYTES } from './refusals.ts';

/**
 * Memory for decoding, shared by all callers: many scans of usual size are decoded at once, two giants one after
 * the other. Bytes of decoded picture; what decoders take besides is about as much again.
 */
let free = MAX_BYTES;
const waiting: { bytes: number; start: () => void }[] = [];

/** Runs work that needs so many bytes (at most `MAX_BYTES`) when they are free, in the order asked. */
export async function withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  if (waiting.length > 0 || bytes > free) {
    await new Promise<void>((start) => waiting.push({ bytes, start }));
  } else {
    free -= bytes;
  }
  try {
    return await work();
  } finally {
    free += bytes;
    while (waiting[0] && waiting[0].bytes <= free) {
      const { bytes: taken, start } = waiting.shift()!;
      free -= taken;
      start();
    }
  }
}
