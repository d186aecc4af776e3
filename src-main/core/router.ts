import { implement, ORPCError } from '@orpc/server';
import { z } from 'zod';
import { api } from '../contract/api.ts';
import { FalxError } from '../contract/errors.ts';
import type { ErrorData } from '../contract/failures.ts';
import type { Core } from './core.ts';
import { errorData } from './error-data.ts';
import { appHandlers } from './handlers/app-calls.ts';
import { checkHandlers } from './handlers/check-calls.ts';
import { compareHandlers } from './handlers/compare-calls.ts';
import { datasetHandlers } from './handlers/dataset-calls.ts';
import { deidentifyHandlers } from './handlers/deidentify-calls.ts';
import { fileHandlers } from './handlers/file-calls.ts';
import { folderAuditHandlers } from './handlers/folder-audit-calls.ts';
import { gpuHandlers } from './handlers/gpu-calls.ts';
import { jobHandlers } from './handlers/job-calls.ts';
import { mapHandlers } from './handlers/map-calls.ts';
import { predictHandlers } from './handlers/predict-calls.ts';
import { recordHandlers } from './handlers/records-calls.ts';
import { runHandlers } from './handlers/run-calls.ts';
import { splitHandlers } from './handlers/split-calls.ts';
import { trainingHandlers } from './handlers/training-calls.ts';
import { trashHandlers } from './handlers/trash-calls.ts';
import { weightHandlers } from './handlers/weights-calls.ts';

export type Router = ReturnType<typeof routerOf>;

/** All of `api`, on one core; for oRPC's `RPCHandler` of a shell's transport. */
export function routerOf(core: Core) {
  return implement(api)
    .use(async ({ next, path }) => {
      try {
        return await next();
      } catch (error) {
        throw asRpcError(error, path, core);
      }
    })
    .router({
      events: implement(api.events).handler(({ signal }) => core.hub.listen(signal, currentState(core))),
      app: appHandlers(core),
      jobs: jobHandlers(core),
      files: fileHandlers(core),
      datasets: datasetHandlers(core),
      folderAudit: folderAuditHandlers(core),
      deidentify: deidentifyHandlers(core),
      check: checkHandlers(core),
      splits: splitHandlers(core),
      weights: weightHandlers(core),
      gpu: gpuHandlers(core),
      training: trainingHandlers(core),
      runs: runHandlers(core),
      records: recordHandlers(core),
      trash: trashHandlers(core),
      compare: compareHandlers(core),
      predict: predictHandlers(core),
      maps: mapHandlers(core),
    });
}

/** What a new window must know of the current state. */
function currentState(core: Core) {
  return [
    ...core.jobs.list().map((job) => ({ kind: 'job', job }) as const),
    { kind: 'training', training: core.training.state() } as const,
  ];
}

/** Anything a handler throws, as an error with FalxError's code, message and facts. */
function asRpcError(
  error: unknown,
  path: readonly string[],
  { log }: Core,
): ORPCError<string, ErrorData['facts']> {
  const { code, message, facts } = errorData(asBadUsage(error, path), log, { call: path.join('.') });
  return new ORPCError(code, { status: code === 'fault' ? 500 : 400, message, data: facts, cause: error });
}

/** A request that violates the contract is the caller's mistake, not a bug. */
function asBadUsage(error: unknown, path: readonly string[]): unknown {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST') return error;
  const { issues } = Refused.parse(error.data);
  // A message may contain any number of mistakes, each of any length.
  const what = issues
    .slice(0, 5)
    .map((issue) => `${issue.path?.map(String).join('.') || 'input'}: ${issue.message}`.slice(0, 200));
  const detail = { from: 'zod', text: what.join('; ') };
  return new FalxError('callRefused', { call: path.join('.'), what, detail });
}

const Refused = z.object({
  issues: z.array(
    z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).optional() }),
  ),
});
