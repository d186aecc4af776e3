import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { workerModules } from './build/worker-modules.mjs';

const at = (...parts: string[]) => resolve(import.meta.dirname, ...parts);

export default defineConfig({
  main: {
    plugins: [workerModules()],
    build: {
      outDir: at('out/main'),
      sourcemap: true,
      rolldownOptions: {
        // The worker modules, which nothing imports, are found by their URLs.
        input: {
          'shells/electron/main': at('src-main/shells/electron/main.ts'),
          'shells/cli/main': at('src-main/shells/cli/main.ts'),
        },
        // A file for each module, where it was: workers and commands are loaded one by one.
        output: { preserveModules: true, preserveModulesRoot: at('src-main'), entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: at('out/preload'),
      // A sandboxed preload can load nothing but Electron: one file, CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('src-main/shells/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    plugins: [svelte({ configFile: false })],
    resolve: { alias: [{ find: /^zod$/, replacement: at('src-renderer/app/without-eval.ts') }] },
    build: {
      outDir: at('out/renderer'),
      emptyOutDir: true,
      minify: true,
      // The browser shell is opened with whichever browser there is.
      target: 'es2024',
      cssTarget: ['chrome122', 'firefox127', 'safari17.4'],
      // Plotly alone is larger, and is loaded when the first plot is shown.
      chunkSizeWarningLimit: 6000,
      rolldownOptions: { input: at('src-renderer/index.html'), checks: { pluginTimings: false } },
    },
  },
});
