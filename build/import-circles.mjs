import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Relative imports and exports of a file, including types: whoever reads one file of a cycle has to read all. */
const imports = /^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gm;

/**
 * The imports among a folder's files.
 * @param {string} folder
 * @returns {Map<string, string[]>} file → the files it imports
 */
export function importsIn(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(imports)].map(([, source]) =>
        join(dirname(file), source ?? ''),
      ),
    ]),
  );
}

/**
 * Groups of files that import each other in cycles: the strongly connected components (Tarjan 1972).
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]} sorted
 */
export function circlesOf(graph) {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const circles = [];
  /** @param {string} file */
  const visit = (file) => {
    const mine = { index: seen.size, low: seen.size, open: true };
    seen.set(file, mine);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      const its = seen.get(next) ?? visit(next);
      if (its.open) mine.low = Math.min(mine.low, its.low);
    }
    if (mine.low === mine.index) {
      const members = stack.splice(stack.indexOf(file));
      for (const member of members) {
        const its = seen.get(member);
        if (its) its.open = false;
      }
      if (members.length > 1 || graph.get(file)?.includes(file)) circles.push(members.sort());
    }
    return mine;
  };
  for (const file of graph.keys()) if (!seen.has(file)) visit(file);
  return circles;
}
