import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { api } from '../../../src-main/contract/api.ts';
import type { Client } from '../../../src-renderer/host/host.ts';
import { enter, serve, type Served } from './served.ts';

let served: Served;
let socket: WebSocket;
let client: Client;
beforeAll(async () => {
  served = await serve();
  const cookie = await enter(served);
  socket = new WebSocket(`ws://${served.host}/rpc?window=ids`, {
    headers: { cookie, origin: served.origin },
  });
  client = createORPCClient<Client>(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
});
afterAll(async () => {
  socket.close();
  await served.close();
});

const request = { test: 0.2, validation: 0.1, seed: 7, useGiven: false };
const change = { networks: ['mobilenetv2' as const], settings: {} };
const page = { className: null, offset: 0, limit: 10 };

/** A predicted scan, by its SHA-256. */
const scanOf = { sha256: '0'.repeat(64), file: '/scan.png', method: 'cam' } as const;

/** Every call that takes an id, with the given id. */
const calls: Record<string, (id: string) => Promise<unknown>> = {
  'jobs.cancel': (jobId) => client.jobs.cancel({ jobId }),
  'datasets.get': (datasetId) => client.datasets.get({ datasetId }),
  'datasets.images': (datasetId) => client.datasets.images({ datasetId, ...page }),
  'datasets.quarantined': (datasetId) => client.datasets.quarantined({ datasetId }),
  'datasets.setPositive': (datasetId) => client.datasets.setPositive({ datasetId, positive: 'x' }),
  'datasets.rename': (datasetId) => client.datasets.rename({ datasetId, name: 'x' }),
  'datasets.remove': (datasetId) => client.datasets.remove({ datasetId }),
  'datasets.restore': (datasetId) => client.datasets.restore({ datasetId }),
  'check.get': (datasetId) => client.check.get({ datasetId }),
  'check.start': (datasetId) => client.check.start({ datasetId }),
  'check.groups': (datasetId) => client.check.groups({ datasetId, filter: 'all', offset: 0, limit: 10 }),
  'check.decide': (datasetId) => client.check.decide({ datasetId, kind: 'drop', imageIds: [1] }),
  'check.dropTwins': (datasetId) => client.check.dropTwins({ datasetId }),
  'check.undo': (datasetId) => client.check.undo({ datasetId }),
  'check.redo': (datasetId) => client.check.redo({ datasetId }),
  'check.decisions': (datasetId) => client.check.decisions({ datasetId }),
  'check.shortcuts': (datasetId) => client.check.shortcuts({ datasetId }),
  'check.retry': (datasetId) => client.check.retry({ datasetId }),
  'check.labels': (runId) => client.check.labels({ runIds: [runId], limit: 10 }),
  'check.pattern': (datasetId) => client.check.pattern({ datasetId, pattern: '.' }),
  'splits.list': (datasetId) => client.splits.list({ datasetId }),
  'splits.get': (splitId) => client.splits.get({ splitId }),
  'splits.preview': (datasetId) => client.splits.preview({ datasetId, ...request }),
  'splits.create': (datasetId) => client.splits.create({ datasetId, ...request }),
  'splits.remove': (splitId) => client.splits.remove({ splitId }),
  'splits.restore': (splitId) => client.splits.restore({ splitId }),
  'splits.folds': (datasetId) => client.splits.folds({ datasetId, folds: 5, validation: 0.1, seed: 7 }),
  'splits.attributes': (datasetId) => client.splits.attributes({ datasetId }),
  'splits.leftOut': (datasetId) =>
    client.splits.leftOut({ datasetId, validation: 0.1, seed: 7, leaveOut: { by: 'folder' } }),
  'training.trial': (splitId) => client.training.trial({ splitId, ...change }),
  'training.trialResult': (jobId) => client.training.trialResult({ jobId }),
  'training.preview': (splitId) => client.training.preview({ splitId, settings: {}, draw: 0 }),
  'training.queue': (splitId) => client.training.queue({ splitId, ...change }),
  'training.pause': (runId) => client.training.pause({ runId }),
  'training.resume': (runId) => client.training.resume({ runId }),
  'training.stop': (runId) => client.training.stop({ runId }),
  'training.cancel': (runId) => client.training.cancel({ runId }),
  'training.requeue': (runId) => client.training.requeue({ runId }),
  'training.move': (runId) => client.training.move({ runId, to: 0 }),
  'training.log': (runId) => client.training.log({ runId, lines: 10 }),
  'folderAudit.result': (jobId) => client.folderAudit.result({ jobId }),
  'deidentify.result': (jobId) => client.deidentify.result({ jobId }),
  'gpu.trialReport': (jobId) => client.gpu.trialReport({ jobId }),
  'runs.get': (runId) => client.runs.get({ runId }),
  'runs.fitted': (runId) => client.runs.fitted({ runId }),
  'runs.epochs': (runId) => client.runs.epochs({ runIds: [runId] }),
  'runs.describe': (runId) => client.runs.describe({ runId, notes: 'x' }),
  'runs.export': (runId) => client.runs.export({ runId, format: 'zip', folder: null }),
  'runs.remove': (runId) => client.runs.remove({ runIds: [runId] }),
  'runs.restore': (runId) => client.runs.restore({ runIds: [runId] }),
  'runs.purge': (runId) => client.runs.purge({ runIds: [runId] }),
  'compare.evaluate': (runId) => client.compare.evaluate({ runIds: [runId] }),
  'compare.tests': (runId) => client.compare.tests({ runIds: [runId] }),
  'compare.evidence': (runId) => client.compare.evidence({ runIds: [runId] }),
  'compare.thresholds': (runId) => client.compare.thresholds({ runIds: [runId], rule: { by: 'youden' } }),
  'compare.calibration': (runId) => client.compare.calibration({ runIds: [runId] }),
  'compare.alter': (runId) => client.compare.alter({ runIds: [runId] }),
  'compare.robustness': (runId) => client.compare.robustness({ runIds: [runId] }),
  'compare.spread': (splitId) => client.compare.spread({ splitId }),
  'compare.attributes': (splitId) => client.compare.attributes({ splitId }),
  'compare.subgroups': (runId) => client.compare.subgroups({ runIds: [runId], by: 'folder' }),
  'compare.validate': (runId) => client.compare.validate({ runIds: [runId], datasetId: 'ds-1' }),
  'compare.validated': (runId) => client.compare.validated({ runIds: [runId] }),
  'compare.validation': (runId) => client.compare.validation({ runIds: [runId], datasetId: 'ds-1' }),
  'check.remarks': (datasetId) => client.check.remarks({ datasetId }),
  'check.remark': (datasetId) => client.check.remark({ datasetId, imageId: 1, note: 'x', wrongLabel: false }),
  'compare.report': (runId) => client.compare.report({ runIds: [runId], form: 'html', language: 'en' }),
  'compare.evaluated': (runId) => client.compare.evaluated({ runIds: [runId] }),
  'predict.report': (runId) =>
    client.predict.report({ runIds: [runId], file: '/scan.png', form: 'pdf', names: false, language: 'en' }),
  'predict.scans': (runId) => client.predict.scans({ runIds: [runId], files: ['/scan.png'] }),
  'maps.of': (runId) => client.maps.of({ runId, ...scanOf, target: 'positive' }),
  'maps.prepare': (runId) => client.maps.prepare({ runId, ...scanOf }),
};

it('are in this table, all of them', () => {
  const named = Object.entries(api).flatMap(([group, procedures]) =>
    Object.entries(procedures as Record<string, unknown>).flatMap(([name, procedure]) => {
      const schema = inputOf(procedure);
      const ids = schema instanceof z.ZodObject && Object.keys(schema.shape).some((key) => /Ids?$/.test(key));
      return ids ? [`${group}.${name}`] : [];
    }),
  );
  expect(named.toSorted()).toEqual(Object.keys(calls).toSorted());
});

function inputOf(procedure: unknown): unknown {
  if (typeof procedure !== 'object' || procedure === null || !('~orpc' in procedure)) return undefined;
  return (procedure['~orpc'] as { inputSchema?: unknown }).inputSchema;
}

const bad = ['../x', '..', 'run-1/../../x', 'run-..%2fx', 'run-1\\..\\x', 'run-1\0', '/etc/passwd', ''];

describe('an id that leads elsewhere is refused by', () => {
  it.each(Object.entries(calls))('%s', async (_name, call) => {
    for (const id of bad)
      await expect(call(id), JSON.stringify(id)).rejects.toMatchObject({ code: 'bad-usage' });
  });
});

it('a whole id of nothing is not found, which is another answer', async () => {
  await expect(client.runs.get({ runId: 'run-00000000' })).rejects.toMatchObject({ code: 'not-found' });
});
