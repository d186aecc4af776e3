import type { FalxError } from '../../src-main/contract/errors.ts';
import { Registry } from '../../src-main/registry/registry.ts';

/** Opens a home folder, and prints its content, or why it can't be opened, as JSON. */
try {
  const registry = Registry.open(process.argv[2]!);
  console.log(JSON.stringify({ datasets: registry.datasets.list().map(({ name }) => name) }));
  registry.close();
} catch (error) {
  const { code, facts } = error as FalxError;
  console.log(JSON.stringify({ code, why: facts?.['why'] }));
}
