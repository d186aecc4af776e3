import { expect, test, vi } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { failureOf } from '../../src-main/tensorflow/worker-side.ts';

test('a worker that fails tells by what a window words it, where it can, and logs all', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const facts = { why: 'lossNotNumber', run: 'run-1', epoch: 3, rate: 0.1 };
  expect(failureOf(new FalxError('worker-failed', 'It diverged.', facts))).toEqual({
    kind: 'failed',
    code: 'worker-failed',
    message: 'It diverged.',
    facts,
  });
  expect(failureOf(new FalxError('disk', 'No room.', { file: 'a' }))).toEqual({
    kind: 'failed',
    code: 'disk',
    message: 'No room.',
  });
  expect(failureOf(new TypeError('x'))).toEqual({ kind: 'failed', code: 'worker-failed', message: 'x' });
  expect(log).toHaveBeenCalledTimes(3);
  log.mockRestore();
});
