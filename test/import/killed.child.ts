import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';

/** Imports a folder, telling how far it is, until its parent kills it. */
const [home, folder, ahead] = process.argv.slice(2) as [string, string, string];
const now = Date.now;
Date.now = () => now() + Number(ahead); // so that files written a moment ago are old

await importFolder({ registry: Registry.open(home), folder, onProgress: (done) => console.log(done) });
