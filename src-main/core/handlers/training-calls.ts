import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import type { Job } from '../../contract/jobs.ts';
import { networkNames } from '../../contract/networks.ts';
import type { SettingsChange } from '../../contract/settings.ts';
import type { InputPreview, TrialEstimate } from '../../contract/views.ts';
import { thumbnail } from '../../images/thumbnail.ts';
import { resolveSettings } from '../../train/resolve-settings.ts';
import { plannedSettings } from '../../train/train-handlers.ts';
import { refusePrecision } from '../../train/refuse-precision.ts';
import { tryRun } from '../../train/trial.ts';
import { trialSteps } from '../../train/trial-plan.ts';
import type { Core } from '../core.ts';
import type { TrainRequest } from '../training-queue.ts';

/** Number of trials whose results are kept. */
const KEPT = 50;

export function trainingHandlers(core: Core) {
  const { jobs, training } = core;
  const os = implement(api.training);
  const results = new Map<string, TrialEstimate[]>();
  return {
    state: os.state.handler(() => training.state()),
    trial: os.trial.handler(({ input }) => startTrial(core, input, results)),
    trialResult: os.trialResult.handler(({ input: { jobId } }) => {
      const result = results.get(jobId);
      if (result) return result;
      const { state } = jobs.job(jobId);
      throw new FalxError('trialNoResult', { job: jobId, state });
    }),
    preview: os.preview.handler(({ input }) => previewOf(core, input)),
    queue: os.queue.handler(({ input }) => training.queue(input)),
    start: os.start.handler(() => training.start()),
    pause: os.pause.handler(({ input }) => training.pause(input.runId)),
    resume: os.resume.handler(({ input }) => training.resume(input.runId)),
    stop: os.stop.handler(({ input }) => training.stop(input.runId)),
    cancel: os.cancel.handler(({ input }) => training.cancel(input.runId)),
    requeue: os.requeue.handler(({ input }) => training.requeue(input.runId)),
    tryDevice: os.tryDevice.handler(({ input }) => training.tryDevice(input.device)),
    move: os.move.handler(({ input }) => training.move(input.runId, input.to)),
    log: os.log.handler(({ input }) => training.log(input.runId, input.lines)),
  };
}

/** One network after another, so that each has the machine to itself. */
async function startTrial(
  { home, registry, jobs, devices, training }: Core,
  { splitId, networks, settings: overrides }: TrainRequest,
  results: Map<string, TrialEstimate[]>,
): Promise<Job> {
  registry.splits.get(splitId);
  const planned = await plannedSettings({ home, networks, overrides });
  const job = jobs.start('trial', splitId, 'steps', async ({ progress, signal }) => {
    const device = await devices.forTrial((one) => training.isTraining(one));
    if (device) refusePrecision(planned, [device]);
    const total = planned.length * trialSteps;
    const estimates: TrialEstimate[] = [];
    for (const [i, settings] of planned.entries()) {
      const onStep = (step: number) => progress(i * trialSteps + step, total);
      onStep(0);
      estimates.push(
        await tryRun({ registry, home, splitId, settings, device: device?.choice, signal, onStep }),
      );
    }
    results.set(job.id, estimates);
    for (const id of [...results.keys()].slice(0, -KEPT)) results.delete(id);
    return job.id;
  });
  return job;
}

/** Number of augmentations per scan. */
const DRAWS = 3;

/** Longest side of the pictures, pixels: a preview shows them small. */
const SIDE = 256;

async function previewOf(
  { previews, registry }: Core,
  { splitId, settings, draw }: { splitId: string; settings: SettingsChange; draw: number },
): Promise<InputPreview> {
  // Network and weights make no difference here.
  const { pixels, augmentation, seed } = resolveSettings(networkNames[0], 'none', settings);
  const options = { splitId, pixels, augmentation, seed, draw: 1 + draw * DRAWS, draws: DRAWS };
  const { images, imageSize, squares, drawn } = await previews.of(registry, options);
  const shown = async (pixels: Uint8Array): Promise<string> => {
    const jpeg = await thumbnail({ width: imageSize, height: imageSize, pixels }, SIDE);
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  };
  return Promise.all(
    images.map(async (image, i) => ({
      image,
      square: await shown(squares[i]!),
      drawn: await Promise.all(drawn[i]!.map(shown)),
    })),
  );
}
