/** A worker's end of the channel to the process that started it. */

let lastSent: Promise<void> = Promise.resolve();

/** Sends a message; nothing happens when nobody listens any more. */
export function send(message: object): void {
  lastSent = new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
}

/** Lets the process end, once all that was sent is delivered: hanging up at once would lose what is on its way. */
export async function leave(): Promise<void> {
  await lastSent;
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}
