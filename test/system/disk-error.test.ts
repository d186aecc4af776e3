import { expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { diskError } from '../../src-main/system/disk-error.ts';

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
    new FalxError('bad-run', 'x', {}),
    null,
    undefined,
    'text',
  ];
  for (const other of others) expect(diskError(other)).toBe(other);
});
