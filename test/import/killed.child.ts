import { writeSync } from 'node:fs';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';

/** Imports a folder up to a file, reports it, and waits for its parent to kill it. */
const [home, folder, ahead, last] = process.argv.slice(2) as [string, string, string, string];
const now = Date.now;
Date.now = () => now() + Number(ahead); // so that files written a moment ago count as old

await importFolder({
  registry: Registry.open(home),
  folder,
  onProgress: (done) => {
    if (done !== Number(last)) return;
    writeSync(1, `${done}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
