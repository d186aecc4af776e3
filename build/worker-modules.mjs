import { basename, dirname, resolve } from 'node:path';

/** A worker's module as the program names it: `new URL('./worker.ts', import.meta.url)`. */
const address = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+)\.ts\1,\s*import\.meta\.url,?\s*\)/g;

/** Stands before the place of a built worker until it is known which file leads to it. */
const mark = 'falx-worker:';

/**
 * Builds the modules that run in processes of their own: nothing imports them, but a URL leads to them. It is made to
 * lead to what is built of them, whichever file it ends up in.
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
          return `new URL('${mark}${name}.js', import.meta.url)`;
        }),
        // Each line stays where it was.
        map: null,
      };
    },
    renderChunk(code, chunk) {
      if (!code.includes(mark)) return null;
      const up = '../'.repeat(chunk.fileName.split('/').length - 1) || './';
      return { code: code.replaceAll(mark, up), map: null };
    },
  };
}
