import type { AppEvent } from '../../contract/views.ts';

/** Consecutive times that the event stream may break before any event arrives. */
const PATIENCE = 5;

/**
 * Passes on events until aborted. An error in handling one is logged, and the next one is passed on all the same; a broken stream
 * is opened again.
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
      // There will be no more events: the core is closed.
      return;
    } catch (error) {
      if (!signal.aborted) log(error);
    }
  }
}
