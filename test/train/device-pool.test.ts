import { describe, expect, test } from 'vitest';
import { anyDevice, type DeviceFault, DevicePool, type RunDevice } from '../../src-main/train/device-pool.ts';

const gpu = (id: string): RunDevice => ({
  id,
  kind: 'gpu',
  name: `GPU ${id}`,
  choice: `GPU-${id}`,
  threads: null,
  computeCapability: '8.6',
  driver: '570.86.15',
  bfloat16: true,
});
const cpu: RunDevice = { ...anyDevice, id: 'cpu', choice: 'cpu' };
const fault = (atOnce = false): DeviceFault => ({
  error: { code: 'worker-failed', message: 'It died.', facts: { why: 'workerEnded' } },
  atOnce,
});
/** The devices available now, all given back. */
const free = (pool: DevicePool): string[] => {
  const taken: RunDevice[] = [];
  for (let device = pool.take(); device; device = pool.take()) taken.push(device);
  for (const device of taken) pool.giveBack(device, 'unknown');
  return taken.map(({ id }) => id);
};

describe('a pool of devices', () => {
  test('lends each to one run at a time, the first that is free', () => {
    const pool = new DevicePool([gpu('a'), gpu('b')]);
    const [first, second] = [pool.take(), pool.take()];
    expect([first?.id, second?.id, pool.take()]).toEqual(['a', 'b', null]);
    pool.giveBack(first!, 'well');
    expect(pool.take()?.id).toBe('a');
  });

  test('sets a device aside after two faults in a row, and leaves the other alone', () => {
    const pool = new DevicePool([gpu('a'), gpu('b')]);
    const [a, b] = [gpu('a'), gpu('b')];
    pool.giveBack(a, fault());
    pool.giveBack(b, fault());
    pool.giveBack(b, 'well');
    pool.giveBack(b, fault());
    expect(free(pool)).toEqual(['a', 'b']);
    pool.giveBack(a, fault());
    expect(free(pool)).toEqual(['b']);
    expect(pool.size).toBe(1);
    expect(pool.devices).toEqual([
      { id: 'a', kind: 'gpu', name: 'GPU a', setAside: fault().error },
      { id: 'b', kind: 'gpu', name: 'GPU b', setAside: null },
    ]);
  });

  test('does not count a run that ended for reasons of its own', () => {
    const pool = new DevicePool([gpu('a')]);
    pool.giveBack(gpu('a'), fault());
    pool.giveBack(gpu('a'), 'unknown');
    expect(free(pool)).toEqual(['a']);
    pool.giveBack(gpu('a'), fault());
    expect(free(pool)).toEqual([]);
  });

  test('sets one aside at once that TensorFlow can not use, until somebody says so', () => {
    const pool = new DevicePool([gpu('a')]);
    pool.giveBack(gpu('a'), fault(true));
    expect(free(pool)).toEqual([]);
    pool.use([gpu('a'), gpu('b')]); // a GPU was added: that does not repair the other
    expect(free(pool)).toEqual(['b']);
    expect(pool.tryAgain('c')).toBe(false);
    expect(pool.tryAgain('a')).toBe(true);
    expect(free(pool)).toEqual(['a', 'b']);
  });

  test('calls what is in reserve when all are set aside, and lets it go when one is tried again', () => {
    const pool = new DevicePool([gpu('a'), gpu('b')], cpu);
    pool.giveBack(gpu('a'), fault(true));
    expect(free(pool)).toEqual(['b']);
    pool.giveBack(gpu('b'), fault(true));
    expect(free(pool)).toEqual(['cpu']);
    const lent = pool.take()!;
    pool.use([gpu('a'), gpu('b')], cpu); // requested again while it trains: still the only one
    expect(pool.devices.map(({ id }) => id)).toEqual(['a', 'b', 'cpu']);
    expect(pool.size).toBe(1);
    pool.tryAgain('a');
    pool.use([gpu('a'), gpu('b')], cpu);
    expect(free(pool)).toEqual(['a']);
    pool.giveBack(lent, 'well');
    expect(pool.devices.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('gives one that is missing no run until it is there again', () => {
    const missing = { code: 'not-found', message: 'It is gone.', facts: { why: 'gpuGone' } };
    const pool = new DevicePool([{ ...gpu('a'), wrong: missing }, gpu('b')]);
    expect(free(pool)).toEqual(['b']);
    expect(pool.devices[0]).toMatchObject({ id: 'a', setAside: missing });
    pool.use([gpu('a'), gpu('b')]);
    expect(free(pool)).toEqual(['a', 'b']);
  });

  test('lets what is under way end where it is when other devices are chosen', () => {
    const pool = new DevicePool([gpu('a'), gpu('b')]);
    const lent = pool.take()!;
    pool.use([gpu('b')]);
    expect(free(pool)).toEqual(['b']);
    expect(pool.devices.map(({ id }) => id)).toEqual(['b', 'a']);
    pool.giveBack(lent, 'well');
    expect(pool.devices.map(({ id }) => id)).toEqual(['b']);
    pool.use([gpu('b')]);
    expect(free(pool)).toEqual(['b']);
  });
});
