// Compiles the AssemblyScript loops (`*.as`) to WebAssembly, stored as text beside them (`*.wasm.ts`), so that neither
// running from the sources nor packaging needs the compiler. `test/build/kernels.slow.test.ts` checks that they match.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const name = 'assemblyscript/asc';
/**
 * Not a static import: the compiler's types declare AssemblyScript's globals, whose `at` never returns undefined.
 * @typedef {{ readFile(name: string): string | null, writeFile(name: string, contents: unknown): void, listFiles(): string[] }} Files
 * @type {{ default: { main(args: string[], files: Files): Promise<{ error: Error | null }> } }}
 */
const { default: asc } = await import(name);

const root = path.resolve(import.meta.dirname, '..');

/** Sources in `src-main/`, relative to the repository. */
export const sources = () => globSync('src-main/**/*.as', { cwd: root }).sort();

/** @param {string} source relative to the repository. @returns {Promise<string>} the module that contains the compiled code. */
export async function compiled(source) {
  /** @type {Uint8Array | undefined} */
  let binary;
  const files = new Map([['kernels.ts', readFileSync(path.join(root, source), 'utf8')]]);
  const { error } = await asc.main(
    // prettier-ignore
    ['kernels.ts', '--outFile', 'kernels.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '16'],
    {
      readFile: (name) => files.get(name) ?? null,
      writeFile: (_, contents) => void (binary = /** @type {Uint8Array} */ (contents)),
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`${source}: ${error?.message}`);
  const text = Buffer.from(binary).toString('base64');
  return [
    `// Made of ${path.basename(source)} by \`npm run kernels\`; not to be edited.`,
    '// prettier-ignore',
    `export const wasm = '${text}';`,
    '',
  ].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const source of sources())
    writeFileSync(path.join(root, source.replace(/\.as$/, '.wasm.ts')), await compiled(source));
