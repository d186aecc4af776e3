import path from 'node:path';
import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import { FalxError } from '../../contract/errors.ts';
import { headOf, verifyTrailFile } from '../../registry/audit-files.ts';
import type { Core } from '../core.ts';
import { exportRecords, exportTrail } from '../saved-lines.ts';

export function recordHandlers(core: Core) {
  const { registry, records, hub } = core;
  const os = implement(api.records);
  return {
    state: os.state.handler(() => records.state),
    backUp: os.backUp.handler(async () => {
      await records.backUp();
      hub.changed('records');
    }),
    restore: os.restore.handler(async ({ input }) => {
      refuseAtWork(core);
      const { kept } = await records.restore(input.name);
      return { kept: kept && path.basename(kept) };
    }),
    trail: os.trail.handler(({ input }) => registry.audit.newest(input.limit, input.before)),
    verifyTrail: os.verifyTrail.handler(({ input: { file, head, against } }) => {
      const given = [...(head ? [head] : []), ...(against === undefined ? [] : [headOf(against)])];
      return file === undefined ? registry.audit.verify(given) : verifyTrailFile(file, given);
    }),
    export: os.export.handler(({ input }) => exportRecords(core, input)),
    exportTrail: os.exportTrail.handler(() => exportTrail(core)),
  };
}

/** Running work relies on the current records. */
function refuseAtWork({ jobs, training }: Core): void {
  if (!jobs.list().some(({ state }) => state === 'running') && training.state().active.length === 0) return;
  throw new FalxError('restoreAtWork', {});
}
