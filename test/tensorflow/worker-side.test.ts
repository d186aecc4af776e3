import { expect, test, vi } from 'vitest';
import { FalxError, recreatedError } from '../../src-main/contract/errors.ts';
import { failureOf } from '../../src-main/tensorflow/worker-side.ts';

test('a worker that fails tells by what a window words it, where it can, and logs all', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const diverged = { run: 'run-1', epoch: 3, rate: 0.1 };
  expect(failureOf(new FalxError('lossNotNumber', diverged))).toEqual({
    kind: 'failed',
    code: 'worker-failed',
    message: expect.stringContaining('run-1') as string,
    facts: { why: 'lossNotNumber', ...diverged },
  });
  expect(failureOf(recreatedError({ code: 'disk', message: 'No room.', facts: { file: 'a' } }))).toEqual({
    kind: 'failed',
    code: 'disk',
    message: 'No room.',
  });
  expect(failureOf(new TypeError('x'))).toEqual({ kind: 'failed', code: 'worker-failed', message: 'x' });
  expect(log).toHaveBeenCalledTimes(3);
  log.mockRestore();
});
