import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const slow = 'test/**/*.slow.test.ts';

// A separate object: the option's type lacks this property, the plugin accepts it.
const asInBrowser = { generate: 'client' } as const;

export default defineConfig({
  // Window state (.svelte.ts) is compiled for the browser, with reactivity.
  plugins: [svelte({ configFile: false, dynamicCompileOptions: () => asInBrowser })],
  resolve: {
    alias: [
      {
        find: /^svelte(|\/reactivity|\/store)$/,
        replacement: `${import.meta.dirname}/node_modules/svelte/src$1/index-client.js`,
      },
    ],
  },
  test: {
    // Native code (TensorFlow, SQLite, sharp) runs in separate processes, so that a crash is one failed file.
    pool: 'forks',
    // Tests use the TensorFlow that set-up provided, not GPU support that this machine's user may have added.
    env: { FALX_RUNTIMES: `${import.meta.dirname}/.falx/no-runtimes` },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [slow],
          // Modules are loaded once per process rather than once per file: none of these files changes state that another reads.
          isolate: false,
          // TensorFlow uses every core by itself; more files in parallel would only compete for them.
          maxWorkers: 2,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: [slow],
          // Two at once: most wait for a browser or another process half the time. None measures time (see test/timed.ts).
          maxWorkers: 2,
          testTimeout: 900_000,
          // On a busy machine a window takes its time.
          expect: { poll: { timeout: 240_000 } },
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
