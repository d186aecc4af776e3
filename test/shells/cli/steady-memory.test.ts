import { afterEach, describe, expect, test } from 'vitest';
import { restartWithSteadyMemory } from '../../../src-main/shells/cli/steady-memory.ts';

const names = ['FALX_STEADY', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_'];
afterEach(() => {
  for (const name of names) delete process.env[name];
});

describe('the server’s settings of its allocator', () => {
  test('are not handed on to workers, once it has begun anew with them', () => {
    Object.assign(process.env, {
      FALX_STEADY: `${process.pid} MALLOC_ARENA_MAX MALLOC_MMAP_THRESHOLD_`,
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '32768',
    });
    restartWithSteadyMemory();
    for (const name of names) expect(process.env).not.toHaveProperty(name);
  });

  test('leave what the user has set to the workers, too', () => {
    Object.assign(process.env, {
      FALX_STEADY: `${process.pid} MALLOC_MMAP_THRESHOLD_`,
      MALLOC_ARENA_MAX: '7',
      MALLOC_MMAP_THRESHOLD_: '32768',
    });
    restartWithSteadyMemory();
    expect(process.env['MALLOC_ARENA_MAX']).toBe('7');
    expect(process.env).not.toHaveProperty('MALLOC_MMAP_THRESHOLD_');
  });
});
