import type { AppEvent } from '../../contract/views.ts';

/** Times in a row that the line to the events may break before any comes. */
const PATIENCE = 5;

/**
 * Hands events over until it is told to stop. One that can't be handled is logged, and the next one is handed over all the
 * same; a line that breaks is opened anew.
 */
export async function listen(
  open: (signal: AbortSignal) => Promise<AsyncIterable<AppEvent>>,
  handle: (event: AppEvent) => Promise<void>,
  { signal, log }: { signal: AbortSignal; log: (error: unknown) => void },
): Promise<void> {
  for (let broken = 0; broken < PATIENCE && !signal.aborted; broken++) {
    try {
      for await (const event of await open(signal)) {
        broken = -1;
        await handle(event).catch(log);
      }
      // Nothing will ever happen again: the core is closed.
      return;
    } catch (error) {
      if (!signal.aborted) log(error);
    }
  }
}
