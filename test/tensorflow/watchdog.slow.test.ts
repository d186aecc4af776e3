import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { watchWorker, type Watch } from '../../src-main/tensorflow/watchdog.ts';

const quick: Watch = { every: 20, stopped: 20, stoppedEnding: 2, idle: 50 };
let child: ChildProcess;
let unwatch: () => void = () => undefined;
afterEach(() => {
  unwatch();
  child.kill('SIGKILL');
});
async function started(program: string): Promise<number> {
  child = spawn(process.execPath, ['-e', `console.log(1); ${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child.pid!;
}
const working = 'for (;;);';
const waiting = 'setInterval(() => {}, 1e9);';
/** Resolves with the reason for which it was killed. */
const givenUp = (pid: number, has: () => 'nothing' | 'work' | 'to end', watch = quick) =>
  new Promise<string>((resolve) => (unwatch = watchWorker(pid, has, resolve, watch)));

describe.skipIf(process.platform !== 'linux')('a worker', () => {
  test('that is stopped is killed, sooner if it was asked to end', async () => {
    const pid = await started(working);
    process.kill(pid, 'SIGSTOP');
    expect(await givenUp(pid, () => 'work')).toBe('stopped');
    expect(await givenUp(pid, () => 'to end', { ...quick, stopped: 1e9 })).toBe('stopped');
  });

  test('that waits for ever though it has work is given up', async () => {
    expect(await givenUp(await started(waiting), () => 'work')).toBe('idle');
  });

  test('that works, or has nothing to do, is left alone', async () => {
    const busy = await started(working);
    let looks = 0;
    let gave: string | null = null;
    unwatch = watchWorker(
      busy,
      () => ((looks += 1), 'work'),
      (how) => (gave = how),
      { ...quick, idle: 1000 },
    );
    await expect.poll(() => looks).toBeGreaterThan(60);
    unwatch();
    child.kill('SIGKILL');
    const idle = await started(waiting);
    unwatch = watchWorker(
      idle,
      () => ((looks += 1), 'nothing'),
      (how) => (gave = how),
      quick,
    );
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before + 120);
    expect(gave).toBeNull();
  });
});
