import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { newRegistry } from '../check/dataset.ts';
import { splitsOfMadeSets } from './made-sets.ts';

/** Writes the splits that later ones are compared with. Only where splits are meant to be drawn otherwise than before. */
const made = newRegistry();
try {
  const lines = Object.entries(splitsOfMadeSets(made.registry)).map(
    ([asked, its]) => `${JSON.stringify(asked)}: ${JSON.stringify(its)}`,
  );
  writeFileSync(path.join(import.meta.dirname, '../goldens/splits.json'), `{\n${lines.join(',\n')}\n}\n`);
} finally {
  made.remove();
}
