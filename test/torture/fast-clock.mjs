import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

// Only in the trainer the clock runs a thousand times as fast, so that a checkpoint is due after each epoch, not after 30 s.
if (process.argv[1]?.endsWith('worker.ts') && process.argv[1].includes('train')) {
  const now = performance.now.bind(performance);
  performance.now = () => 1000 * now();
}

// Waiting for disk space polls a hundred times as often: otherwise each attempt would take minutes.
const { setTimeout } = timers;
timers.setTimeout = (milliseconds = 1, ...more) => setTimeout(milliseconds / 100, ...more);
syncBuiltinESMExports();
