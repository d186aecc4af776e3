import { FalxError } from '../../src-main/contract/errors.ts';
import { importPath } from '../../src-main/import/import-path.ts';
import { Registry } from '../../src-main/registry/registry.ts';

/** Imports a folder or an archive, and prints the outcome as JSON. */
const [home, folder] = process.argv.slice(2) as [string, string];
try {
  const { images } = await importPath({ registry: Registry.open(home), folder });
  console.log(JSON.stringify({ images }));
} catch (error) {
  const { code, message } = error as FalxError;
  console.log(JSON.stringify({ code, message, ours: error instanceof FalxError }));
}
