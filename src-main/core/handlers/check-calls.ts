import { implement } from '@orpc/server';
import { decide, dropTwins, redo, undo } from '../../check/decisions.ts';
import { evidenceOf } from '../../check/scan-groups.ts';
import { checkDataset } from '../../check/check-handlers.ts';
import { previewPattern } from '../../check/name-pattern.ts';
import { auditShortcuts, type ShortcutOptions } from '../../check/shortcut-audit.ts';
import { checkView, groupPage, prepareOpening } from '../../check/view.ts';
import { api } from '../../contract/api.ts';
import type { CheckView } from '../../contract/check.ts';
import { FalxError } from '../../contract/errors.ts';
import type { Job, JobKind } from '../../contract/jobs.ts';
import { labelSuspects } from '../../evaluate/label-suspects.ts';
import { retryQuarantined } from '../../import/retry.ts';
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
    shortcuts: os.shortcuts.handler(({ input }) => startShortcuts(core, input.datasetId)),
    groups: os.groups.handler(({ input }) => {
      const page = groupPage(registry, input);
      core.checkReader.read(registry.datasets.get(input.datasetId).id);
      return page;
    }),
    decide: os.decide.handler(({ input }) => changed(decide({ registry, ...input }))),
    dropTwins: os.dropTwins.handler(({ input }) => changed(dropTwins({ registry, ...input }))),
    undo: os.undo.handler(({ input }) => changed(undo({ registry, ...input }))),
    redo: os.redo.handler(({ input }) => changed(redo({ registry, ...input }))),
    decisions: os.decisions.handler(({ input }) =>
      registry.checks.decisionOutlines(registry.datasets.get(input.datasetId).id).toReversed(),
    ),
    pattern: os.pattern.handler(({ input }) =>
      previewPattern(input.pattern, evidenceOf(registry, input.datasetId).images),
    ),
    retry: os.retry.handler(({ input }) => startRetry(core, input.datasetId)),
    remarks: os.remarks.handler(({ input }) =>
      registry.remarks.list(registry.datasets.get(input.datasetId).id),
    ),
    remark: os.remark.handler(({ input: { datasetId, ...remark } }) => {
      const stored = registry.remarks.put(registry.datasets.get(datasetId).id, remark);
      core.hub.changed('checks');
      return stored;
    }),
    labels: os.labels.handler(({ input }) => labelSuspects(registry, input.runIds, input.limit)),
  };
}

function startCheck(core: Core, datasetId: string): Job {
  const { registry, hub, jobs } = core;
  const { id } = ready(core, 'check', datasetId);
  return jobs.start('check', id, 'images', async ({ progress, signal }) => {
    // Each image counts twice: it is read, then compared; fewer are compared, since copies are compared once.
    let images = 0;
    await checkDataset({
      registry,
      datasetId: id,
      signal,
      onProgress: (step, done, total) => {
        if (step === 'reading') images = total;
        const share = done / Math.max(1, total);
        progress(Math.round(images * (step === 'reading' ? share : 1 + share)), 2 * images);
      },
    });
    // With many images it takes a second, which opening the check should not wait for.
    await prepareOpening(registry, id);
    hub.changed('checks');
    return id;
  });
}

/** Share of each step of an audit in a job's progress, in hundredths, one after another. */
const auditSteps = {
  reading: [0, 20],
  comparing: [20, 40],
  measuring: [40, 70],
  evaluating: [70, 100],
} as const;

function startShortcuts(core: Core, datasetId: string): Job {
  const { registry, hub, jobs } = core;
  const { id } = ready(core, 'shortcuts', datasetId);
  return jobs.start('shortcuts', id, 'steps', async ({ progress, signal }) => {
    const onProgress: ShortcutOptions['onProgress'] = (step, done, total) => {
      const [from, to] = auditSteps[step];
      progress(from + ((to - from) * done) / Math.max(1, total), 100);
    };
    await auditShortcuts({ registry, datasetId: id, signal, onProgress });
    hub.changed('checks');
    return id;
  });
}

/** The job's `resultId` is the dataset with what can be read now; the same one if nothing more can. */
function startRetry(core: Core, datasetId: string): Job {
  const { registry, hub, jobs } = core;
  const { id } = ready(core, 'retry', datasetId);
  return jobs.start('retry', id, 'images', async ({ progress, signal }) => {
    const { dataset } = await retryQuarantined({ registry, datasetId: id, signal, onProgress: progress });
    for (const table of ['datasets', 'checks'] as const) hub.changed(table);
    return dataset.id;
  });
}

/** @throws FalxError `not-found`; `bad-usage` if the same is in progress already. */
function ready({ registry, jobs }: Core, kind: JobKind, datasetId: string): { id: string } {
  const { id, name } = registry.datasets.get(datasetId);
  if (jobs.list().some((job) => job.kind === kind && job.state === 'running' && job.subject === id))
    throw new FalxError('datasetBusy', { dataset: id, name });
  return { id };
}
