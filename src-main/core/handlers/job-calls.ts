import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { Core } from '../core.ts';

export function jobHandlers({ jobs }: Core) {
  const os = implement(api.jobs);
  return {
    list: os.list.handler(() => jobs.list()),
    cancel: os.cancel.handler(({ input }) => jobs.cancel(input.jobId)),
  };
}
