import { writeSync } from 'node:fs';

/*
 * Loaded into the server before its own code (`--import`): reports its memory use on a signal that has no other meaning.
 * `gc` exists because `falx serve` starts itself with it.
 */
process.on('SIGURG', () => {
  const { rss } = process.memoryUsage();
  if (!globalThis.gc) throw new Error('the server was not started as falx serve is: gc is not there');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeSync(2, `probe ${JSON.stringify({ rss, heapUsed, external, polluted: 'polluted' in {} })}\n`);
});
