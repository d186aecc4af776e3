import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { external } from './build/external.mjs';
import { bundledPackages } from './build/bundled.mjs';
import { workerModules } from './build/worker-modules.mjs';

const at = (...parts: string[]) => resolve(import.meta.dirname, ...parts);

export default defineConfig({
  main: {
    plugins: [workerModules(), bundledPackages()],
    build: {
      outDir: at('out/main'),
      sourcemap: true,
      minify: false,
      // Plain JavaScript packages are bundled; external ones contain programs or WebAssembly.
      externalizeDeps: false,
      rolldownOptions: {
        external,
        // Worker modules, which nothing imports, are found by their URLs.
        input: {
          'shells/electron/main': at('src-main/shells/electron/main.ts'),
          'shells/cli/main': at('src-main/shells/cli/main.ts'),
        },
        // Few files, since opening each takes time; code of a single command stays separate.
        output: { entryFileNames: '[name].js', chunkFileNames: 'parts/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [bundledPackages()],
    build: {
      outDir: at('out/preload'),
      // A sandboxed preload script can load nothing but Electron: one file, CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('src-main/shells/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    plugins: [svelte({ configFile: false }), bundledPackages()],
    resolve: { alias: [{ find: /^zod$/, replacement: at('src-renderer/app/without-eval.ts') }] },
    build: {
      outDir: at('out/renderer'),
      emptyOutDir: true,
      minify: true,
      // The browser shell runs in whichever browser there is.
      target: 'es2024',
      cssTarget: ['chrome122', 'firefox127', 'safari17.4'],
      // Only plotly is larger; it is loaded when the first plot is shown.
      chunkSizeWarningLimit: 6000,
      rolldownOptions: { input: at('src-renderer/index.html'), checks: { pluginTimings: false } },
    },
  },
});
