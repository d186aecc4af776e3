import { implement } from '@orpc/server';
import { decide, dropTwins, redo, undo } from '../../check/decisions.ts';
import { evidenceOf } from '../../check/groups.ts';
import { checkDataset } from '../../check/handlers.ts';
import { previewPattern } from '../../check/pattern.ts';
import { checkView, groupPage } from '../../check/view.ts';
import { api } from '../../contract/api.ts';
import type { CheckView } from '../../contract/check.ts';
import { FalxError } from '../../contract/errors.ts';
import type { Job, JobKind } from '../../contract/jobs.ts';
import type { Core } from '../core.ts';

export function checkHandlers(core: Core) {
  const { registry, hub } = core;
  const os = implement(api.check);
  const changed = (view: CheckView): CheckView => {
    hub.changed('checks');
    return view;
  };
  return {
    get: os.get.handler(({ input }) => checkView(registry, input.datasetId)),
    start: os.start.handler(({ input }) => startCheck(core, input.datasetId)),
    groups: os.groups.handler(({ input }) => groupPage(registry, input)),
    decide: os.decide.handler(({ input }) => changed(decide({ registry, ...input }))),
    dropTwins: os.dropTwins.handler(({ input }) => changed(dropTwins({ registry, ...input }))),
    undo: os.undo.handler(({ input }) => changed(undo({ registry, ...input }))),
    redo: os.redo.handler(({ input }) => changed(redo({ registry, ...input }))),
    decisions: os.decisions.handler(({ input }) =>
      registry.checks.decisions(registry.dataset(input.datasetId).id).toReversed(),
    ),
    pattern: os.pattern.handler(({ input }) =>
      previewPattern(input.pattern, evidenceOf(registry, input.datasetId).images),
    ),
  };
}

function startCheck(core: Core, datasetId: string): Job {
  const { registry, hub, jobs } = core;
  const { id } = ready(core, 'check', datasetId);
  return jobs.start('check', id, 'images', async ({ progress, signal }) => {
    // Each image counts twice: it is read, then compared.
    await checkDataset({
      registry,
      datasetId: id,
      signal,
      onProgress: (step, done, total) => progress(step === 'reading' ? done : total + done, 2 * total),
    });
    hub.changed('checks');
    return id;
  });
}

/** @throws FalxError `not-found`; `bad-usage` when the same is being done already. */
function ready({ registry, jobs }: Core, kind: JobKind, datasetId: string): { id: string } {
  const { id, name } = registry.dataset(datasetId);
  if (jobs.list().some((job) => job.kind === kind && job.state === 'running' && job.subject === id))
    throw new FalxError('bad-usage', `"${name}" is being checked already. Wait until it is done.`, {
      dataset: id,
    });
  return { id };
}
