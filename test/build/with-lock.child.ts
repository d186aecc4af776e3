import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../build/setup/whole.mjs';

// Logs when it enters and leaves; with a third argument it never leaves.
const [lock = '', log = '', stay] = process.argv.slice(2);
await withLock(lock, async () => {
  appendFileSync(log, 'in\n');
  await sleep(stay ? 60_000 : 150);
  appendFileSync(log, 'out\n');
});
