import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

// In the trainer alone the clock runs a thousand times as fast, so that a checkpoint falls due after each epoch, not after 30 s.
if (process.argv[1]?.endsWith('worker.ts') && process.argv[1].includes('train')) {
  const now = performance.now.bind(performance);
  performance.now = () => 1000 * now();
}

// Whoever waits until a full disk has room again looks a hundred times as often: each try of a training would take minutes.
const { setTimeout } = timers;
timers.setTimeout = (milliseconds = 1, ...more) => setTimeout(milliseconds / 100, ...more);
syncBuiltinESMExports();
