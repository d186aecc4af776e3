import { expect, test } from 'vitest';
import type { DoctorReport } from '../../../../src-main/contract/doctor-report.ts';
import type { VerifyReport } from '../../../../src-main/contract/gpu-report.ts';
import type { Job } from '../../../../src-main/contract/jobs.ts';
import { appWith, held, settled } from '../../in-a-window.ts';

test('a machine is checked once more if another check is requested during one', async () => {
  const seen = held<DoctorReport>();
  await appWith({ app: { checkup: seen.ask } });
  const { machine } = await import('../../../../src-renderer/stages/settings/machine.svelte.ts');
  const [before, after] = [{}, {}] as [DoctorReport, DoctorReport];
  void machine.check();
  void machine.check(true);
  void machine.check(true);
  await seen.answer(before, 0);
  expect([seen.times, machine.checking]).toEqual([2, true]);
  await seen.answer(after, 1);
  expect(machine.checkup).toBe(after);
  expect([seen.times, machine.checking]).toEqual([2, false]);
});

test('the steps of an earlier verification are not shown as those of the next', async () => {
  const reports = held<VerifyReport>();
  const begun = held<Job>();
  const app = await appWith({ gpu: { trialReport: reports.ask, trial: begun.ask } });
  const { GpuTrial } = await import('../../../../src-renderer/stages/settings/gpu-trial.svelte.ts');
  const job = (id: string, started: string) =>
    ({ id, kind: 'gpuTrial', state: 'done', started, done: 3 }) as Job;
  const trial = new GpuTrial();
  const first = job('job-1', '2026-01-01');
  app.jobs.set(first.id, first);
  const loaded = trial.loadSteps(first);
  void trial.start();
  await reports.answer({} as VerifyReport);
  await loaded;
  expect(trial.report).toBeNull();
  await begun.answer(job('job-2', '2026-01-02'));
  await settled();
  void trial.loadSteps(first);
  await reports.answer({} as VerifyReport, 1);
  expect(trial.report).toBeNull();
  app.jobs.clear();
});

test('the reason for training on the processor is of the chosen device, in whichever order the answers arrive', async () => {
  const reasons = held<null | { message: string }>();
  const app = await appWith({
    app: {
      onProcessor: reasons.ask,
      setPreferences: (change: object) => Promise.resolve({ ...app.preferences, ...change }),
    },
  });
  const { onProcessor } = await import('../../../../src-renderer/stages/train/on-processor.svelte.ts');
  void onProcessor.load();
  Object.defineProperty(app, 'preferences', { get: () => ({ device: 'cpu' }), configurable: true });
  void onProcessor.load();
  await reasons.answer(null, 1);
  await reasons.answer({ message: 'of the device before' }, 0);
  Reflect.deleteProperty(app, 'preferences');
  expect(onProcessor.reason).toBeNull();
});
