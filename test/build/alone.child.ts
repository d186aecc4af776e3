import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { alone } from '../../build/setup/whole.mjs';

// Writes when it is in and when it is out again; never comes out with a third argument.
const [lock = '', log = '', stay] = process.argv.slice(2);
await alone(lock, async () => {
  appendFileSync(log, 'in\n');
  await sleep(stay ? 60_000 : 150);
  appendFileSync(log, 'out\n');
});
