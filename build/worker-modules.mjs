import { dirname, resolve } from 'node:path';

/** A worker's module as the program names it: `new URL('./worker.ts', import.meta.url)`. */
const address = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+)\.ts\1,\s*import\.meta\.url,?\s*\)/g;

/**
 * Builds the modules that run in processes of their own: nothing imports them, but a URL leads to them. It is made to
 * lead to what is built of them.
 * @returns {import('vite').Plugin}
 */
export function workerModules() {
  return {
    name: 'falx:worker-modules',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.ts') || !address.test(code)) return null;
      address.lastIndex = 0;
      return {
        code: code.replace(address, (_, quote, path) => {
          this.emitFile({ type: 'chunk', id: resolve(dirname(id), `${path}.ts`) });
          return `new URL(${quote}${path}.js${quote}, import.meta.url)`;
        }),
        // Each line stays where it was.
        map: null,
      };
    },
  };
}
