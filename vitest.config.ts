import { defineConfig } from 'vitest/config';

const slow = 'test/**/*.slow.test.ts';

export default defineConfig({
  test: {
    // Native parts (TensorFlow, SQLite, sharp) run in processes of their own, so a crash is one failed file.
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [slow],
          // TensorFlow uses every core by itself; more files at once would only fight for them.
          maxWorkers: 2,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: [slow],
          // One at a time: some of them measure.
          maxWorkers: 1,
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
