import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// `npm run bench:timed`: the tests that contain time limits, one file after another, with the limits asserted. Needs an idle
// machine.
const repository = join(import.meta.dirname, '../..');
const files = globSync('test/**/*.test.ts', { cwd: repository }).filter((file) =>
  readFileSync(join(repository, file), 'utf8').includes("/timed.ts'"),
);
const { status } = spawnSync(
  process.execPath,
  [
    join(repository, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--maxWorkers=1',
    '--reporter=verbose',
    ...files,
  ],
  { cwd: repository, env: { ...process.env, FALX_TIMED: '1' }, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
