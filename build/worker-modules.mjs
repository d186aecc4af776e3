import { basename, dirname, resolve } from 'node:path';

/** A worker module as the sources refer to it: `new URL('./worker.ts', import.meta.url)`. */
const address = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+)\.ts\1,\s*import\.meta\.url,?\s*\)/g;

/** Prefix of the placeholder for a worker's URL until the file that uses it is known. */
const placeholder = 'falx-worker:';

/**
 * Builds the modules that run in processes of their own: nothing imports them, they are found by URLs. The URLs are
 * rewritten to the built files, relative to whichever file they end up in.
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
        code: code.replace(address, (_, _quote, path) => {
          const module = resolve(dirname(id), `${path}.ts`);
          const name =
            /[\\/]src-main[\\/](.+)\.ts$/.exec(module)?.[1]?.replaceAll('\\', '/') ?? basename(path);
          this.emitFile({ type: 'chunk', id: module, fileName: `${name}.js` });
          return `new URL('${placeholder}${name}.js', import.meta.url)`;
        }),
        // Keeps the line numbers.
        map: null,
      };
    },
    renderChunk(code, chunk) {
      if (!code.includes(placeholder)) return null;
      const up = '../'.repeat(chunk.fileName.split('/').length - 1) || './';
      return { code: code.replaceAll(placeholder, up), map: null };
    },
  };
}
