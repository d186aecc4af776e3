import { expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { diskError, isFull } from '../../src-main/system/disk-error.ts';

const system = (code: string) =>
  Object.assign(new Error(`${code}: as the system says it, open '/home/x'`), { code, path: '/home/x' });

test('a full or broken disk is told as such, whoever met it; other errors stay faults of Falx', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'])
    expect(diskError(system(code))).toMatchObject({
      code: 'disk',
      facts: { why: 'diskFailed', file: '/home/x' },
    });
  const others = [
    system('EINVAL'),
    new TypeError('x'),
    new FalxError('runInUse', { run: 'run-1' }),
    null,
    undefined,
    'text',
  ];
  for (const other of others) expect(diskError(other)).toBe(other);
});

test('a disk is full, and so is a share of it that is used up', () => {
  expect(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', undefined].map(isFull)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
