import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import { addGpuSupport } from '../../gpu-pack/install.ts';
import { discardGpuSupport, removeGpuSupport } from '../../gpu-pack/remove.ts';
import { gpuSupport, verifyGpuSupport } from '../../gpu-pack/status.ts';
import { tryOut } from '../../gpu-pack/try-out.ts';
import type { Core } from '../core.ts';

export function gpuHandlers(core: Core) {
  const { hub, jobs, log, predictors, request, training } = core;
  const os = implement(api.gpu);
  return {
    support: os.support.handler(() => gpuSupport()),
    add: os.add.handler(({ input: { folder } }) => {
      refuseSecond(jobs.list());
      return jobs.start('gpuSupport', folder ?? '', 'bytes', async ({ progress, signal }) => {
        try {
          const { folder: added, bytes } = await addGpuSupport({
            from: folder ?? undefined,
            tryOut,
            request,
            signal,
            onProgress: (done, total) => progress(done, total),
            onPart: ({ file }) => log.info({ file }, 'GPU support'),
          });
          log.info({ folder: added, bytes }, 'GPU support added');
          await predictors.unloadIdle();
          return null;
        } finally {
          hub.changed('gpuSupport');
        }
      });
    }),
    discard: os.discard.handler(async () => {
      await discardGpuSupport();
      hub.changed('gpuSupport');
    }),
    verify: os.verify.handler(() => {
      refuseSecond(jobs.list());
      return jobs.start('gpuVerify', '', 'bytes', async ({ progress, signal }) => {
        const { files, damaged } = await verifyGpuSupport({ signal, onProgress: progress });
        if (damaged.length > 0) log.warn({ damaged }, 'GPU support is damaged');
        hub.changed('gpuSupport');
        return { resultId: null, counts: { files, damaged: damaged.length } };
      });
    }),
    trial: os.trial.handler(({ input }) => core.gpuTrials.start(core, input)),
    trialReport: os.trialReport.handler(({ input }) => core.gpuTrials.report(input.jobId)),
    remove: os.remove.handler(async () => {
      const [active] = training.state().active;
      if (active) throw new FalxError('packTraining', { run: active.runId });
      await predictors.unloadIdle();
      try {
        return await removeGpuSupport();
      } finally {
        hub.changed('gpuSupport');
      }
    }),
  };
}

function refuseSecond(jobs: readonly { kind: string; state: string }[]): void {
  if (jobs.some(({ kind, state }) => /^gpu/.test(kind) && state === 'running'))
    throw new FalxError('packBusy', {});
}
