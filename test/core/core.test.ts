import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { openCore } from '../../src-main/core/core.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { newHome } from './training-core.ts';

let home: string;
let remove: () => void;
beforeEach(() => {
  ({ home, remove } = newHome());
});
afterEach(() => remove());

test('closing breaks off what goes on, waits for it, and may be asked twice', async () => {
  const core = await openCore({ home, shell: 'desktop' });
  let ended = false;
  const { id } = core.jobs.start('import', '/scans', 'images', async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    expect(core.registry.datasets.list()).toEqual([]); // still open
    ended = true;
    throw new FalxError('soundnessCancelled', {});
  });
  await Promise.all([core.close(), core.close()]);
  expect(ended).toBe(true);
  expect(core.jobs.job(id).state).toBe('cancelled');
  expect(() => core.registry.datasets.list()).toThrow();
});

test('a home that cannot be used is refused, and is left alone', async () => {
  writeFileSync(path.join(home, 'logs'), 'a file where the logs should be');
  await expect(openCore({ home, shell: 'browser' })).rejects.toMatchObject({ code: 'disk' });
  await expect(openCore({ home: path.join(home, 'logs', 'home'), shell: 'browser' })).rejects.toMatchObject({
    code: 'disk',
  });
  Registry.open(home).close();
});
