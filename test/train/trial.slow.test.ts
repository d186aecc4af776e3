import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { tryRun, type TrialOptions } from '../../src-main/train/trial.ts';
import { workersOf } from '../shells/cli/falx.ts';
import { addScans } from './scans.ts';
import { idleWatch, stoppedWatch, waitingLibrary } from './waits-for-ever.ts';

/*
 * On the processor. This can't see a driver that keeps the processor busy while it hangs (indistinguishable from a long step),
 * or one in which a process can't be killed.
 */

const library = waitingLibrary();
const scratch = mkdtempSync(path.join(tmpdir(), 'falx-trial-test-'));
const home = path.join(scratch, 'home');
const registry = Registry.open(home);
beforeAll(async () => {
  await addScans(registry, path.join(home, 'scans'), 20);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  registry.close();
  rmSync(scratch, { recursive: true });
});

const workers = () => workersOf(process.pid, path.join('train', 'trial-worker.ts'));
/** Tries MobileNetV2 for three steps, in a folder that can be inspected. */
const tried = (options: Partial<TrialOptions>) => {
  vi.stubEnv('TMPDIR', scratch);
  const settings = { ...defaultSettings('mobilenetv2', false, 32), batchSize: 4 };
  return tryRun({ registry, home, splitId: 'sp-scans', settings, device: 'cpu', ...options });
};

describe.skipIf(process.platform !== 'linux')('a trial', () => {
  test('whose worker is stopped from outside reports it, and leaves no process and no folder', async () => {
    const steps: number[] = [];
    const onStep = (step: number) => {
      if (steps.push(step) === 1) for (const pid of workers()) process.kill(pid, 'SIGSTOP');
    };
    await expect(tried({ watch: stoppedWatch, onStep })).rejects.toMatchObject({
      code: 'worker-failed',
      facts: { why: 'workerHung', work: 'trying', of: 'MobileNetV2', how: 'stopped' },
    });
    expect(workers()).toEqual([]);
    expect(readdirSync(scratch)).toEqual(['home']);
  });

  // The first graph run initialises the weights, the second clears the optimiser; then come the steps.
  test.skipIf(library === null)(
    'whose driver never comes back from a step is told so, and leaves no process and no folder',
    async () => {
      vi.stubEnv('LD_PRELOAD', library!);
      vi.stubEnv('FALX_WAITS_AT', '4');
      const steps: number[] = [];
      const onStep = (step: number) => steps.push(step);
      await expect(tried({ watch: idleWatch, onStep })).rejects.toMatchObject({
        code: 'worker-failed',
        facts: { why: 'workerHung', work: 'trying', of: 'MobileNetV2', how: 'idle' },
      });
      expect(steps).toEqual([1]);
      expect(workers()).toEqual([]);
      expect(readdirSync(scratch)).toEqual(['home']);
    },
  );
});
