import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const slow = 'test/**/*.slow.test.ts';

// An object of its own: the option's type leaves it out, what takes the option does not.
const asInBrowser = { generate: 'client' } as const;

export default defineConfig({
  // State of the window (.svelte.ts) is tested as the browser runs it, with reactivity.
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
    // Native parts (TensorFlow, SQLite, sharp) run in processes of their own, so a crash is one failed file.
    pool: 'forks',
    // Tests compute with what set-up made, not with the GPU support that this machine's user may have added.
    env: { FALX_RUNTIMES: `${import.meta.dirname}/.falx/no-runtimes` },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [slow],
          // Modules are loaded once per process, not once per file: none of these files changes what another reads.
          isolate: false,
          // TensorFlow uses every core by itself; more files at once would only fight for them.
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
          // Two at once: most wait for a browser or another process half of the time. None judges a time (see test/timed.ts).
          maxWorkers: 2,
          testTimeout: 900_000,
          // What a window shows comes when it comes on a machine that is busy with other things.
          expect: { poll: { timeout: 240_000 } },
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
