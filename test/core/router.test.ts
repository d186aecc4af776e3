import { readFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { isContractProcedure, type ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { api } from '../../src-main/contract/api.ts';
import { AppEvent, defaultPreferences } from '../../src-main/contract/views.ts';
import { openCore, type Core } from '../../src-main/core/core.ts';
import { routerOf } from '../../src-main/core/router.ts';
import * as sample from '../registry/sample-records.ts';
import { newHome } from './training-core.ts';

/** Called over a message port, as by Electron's window: everything is serialised, sent and read. */
let core: Core;
let remove: () => void;
let client: ContractRouterClient<typeof api>;
let hangUp: () => void;
beforeAll(async () => {
  const made = newHome();
  remove = made.remove;
  core = await openCore({ home: made.home, shell: 'browser' });
  const { port1, port2 } = new MessageChannel();
  new RPCHandler(routerOf(core)).upgrade(port1);
  client = createORPCClient(new RPCLink({ port: port2 }));
  port1.start();
  port2.start();
  hangUp = () => port2.close();
});
afterAll(async () => {
  hangUp();
  await core.close();
  remove();
});

/** Every call of the contract: its name, and the fields of its input, if any. */
const calls = Object.entries(api).flatMap(([group, verbs]) =>
  isContractProcedure(verbs)
    ? [{ path: [group], fields: [] as string[] }]
    : Object.entries(verbs).map(([verb, procedure]) => {
        const schema = procedure['~orpc'].inputSchema as z.ZodType | undefined;
        return {
          path: [group, verb],
          fields: schema instanceof z.ZodObject ? Object.keys(schema.shape) : [],
        };
      }),
);
type Call = (input?: unknown) => Promise<unknown>;
const callOf = (path: readonly string[]): Call =>
  path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], client) as Call;

describe('the router', () => {
  test('answers every call of the contract', () => {
    const router = routerOf(core) as unknown as Record<string, unknown>;
    expect(calls.length).toBeGreaterThan(40);
    for (const { path } of calls) {
      const found = path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], router);
      expect(found, path.join('.')).toBeDefined();
    }
  });

  test('gives what the contract says', async () => {
    expect(await client.datasets.list()).toEqual([]);
    expect(await client.app.preferences()).toEqual(defaultPreferences);
    expect(await client.jobs.list()).toEqual([]);
    expect(await client.training.state()).toMatchObject({ active: [], queue: [] });
  });

  test('sends an error with its code, sentence and facts', async () => {
    await expect(client.datasets.get({ datasetId: 'ds-none' })).rejects.toMatchObject({
      code: 'not-found',
      message:
        'There is no dataset "ds-none" in this home folder. There is none yet: make one with "falx import DIR".',
      data: { kind: 'dataset', id: 'ds-none', near: [] },
    });
  });

  test('words a question that does not fit the contract, and does not take it for a fault', async () => {
    const before = readFileSync(core.log.file, 'utf8');
    await expect(
      client.datasets.images({ datasetId: 'ds-1', className: null, offset: -1, limit: 5000 }),
    ).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(
        /^datasets\.images can't be called this way\. \[zod: offset: .*; limit: /,
      ) as string,
    });
    expect(readFileSync(core.log.file, 'utf8')).toBe(before);
  });

  test('tells a mistake of Falx as such, and logs it with the call', async () => {
    const { registry } = core;
    const rows = registry.splits.list.bind(registry);
    // A record that only a bug could produce.
    registry.splits.list = () => [{ ...sample.split('sp-1', 'ds-f'), seed: 0.5 }];
    registry.datasets.add(sample.dataset('ds-f'), [], []);
    registry.splits.add(sample.split('sp-1', 'ds-f'), []);
    try {
      await expect(client.splits.list({ datasetId: 'ds-f' })).rejects.toMatchObject({
        code: 'fault',
        message: expect.stringMatching(/^An internal error occurred in Falx.*falx\.log/) as string,
        data: { log: core.log.file },
      });
    } finally {
      registry.splits.list = rows;
    }
    const last = readFileSync(core.log.file, 'utf8').trim().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ call: 'splits.list', msg: 'fault' });
  });
});

describe('an id that is none', () => {
  const bad = [
    '../ds-1',
    'ds-1/../../etc/passwd',
    '..',
    '../../',
    '..\\ds-1',
    '%2e%2e%2fds-1',
    '/ds-1',
    'ds-1\0',
    'ds-1\n',
    'DS-1',
    'ds_1',
    'ds-',
    '',
    'ds-1 ',
    '*',
  ];
  const asked = calls.flatMap(({ path, fields }) =>
    fields.filter((field) => /Ids?$/.test(field) && field !== 'imageId').map((field) => ({ path, field })),
  );

  test('is looked for in every call that takes one', () => {
    expect(asked.length).toBeGreaterThan(25);
  });

  test.each(asked)('is refused by $path, as $field', async ({ path, field }) => {
    for (const id of bad) {
      const input = { [field]: field.endsWith('Ids') ? [id] : id };
      await expect(callOf(path)(input), id).rejects.toMatchObject({
        code: 'bad-usage',
        message: expect.stringContaining(field) as string,
      });
    }
  });

  test('is refused as the model to use', async () => {
    for (const runId of bad)
      await expect(client.app.setPreferences({ model: { runId, threshold: 0.5 } })).rejects.toMatchObject({
        code: 'not-found',
      });
    // With a dataset, so that the first steps are not shown.
    expect(await client.app.preferences()).toEqual({ ...defaultPreferences, firstSteps: 'done' });
  });
});

describe('events', () => {
  test('begin with the jobs and the training as they are, and go on live, each as the contract says', async () => {
    const { id } = core.jobs.start('import', '/scans', 'images', ({ progress, signal }) => {
      progress(3, 10, 1);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')));
      });
    });
    const leaving = new AbortController();
    const before = core.hub.listeners;
    const events = await client.events(undefined, { signal: leaving.signal });
    const next = async () => AppEvent.parse((await events.next()).value);
    expect(await next()).toMatchObject({ kind: 'job', job: { id, done: 3, total: 10, secondsLeft: 7 } });
    expect(await next()).toMatchObject({ kind: 'training', training: { active: [] } });
    core.hub.changed('runs');
    expect(await next()).toEqual({ kind: 'changed', table: 'runs' });
    const epoch = { kind: 'epoch', runId: 'run-1', epoch: sample.epoch(3), best: true } as const;
    core.hub.emit(epoch);
    expect(await next()).toEqual(epoch);
    core.jobs.cancel(id);
    expect(await next()).toMatchObject({ kind: 'job', job: { id, state: 'cancelled' } });
    expect(core.hub.listeners).toBe(before + 1);
    await events.return(undefined);
    await expect.poll(() => core.hub.listeners).toBe(before);
  });

  test('end for a window that is closed', async () => {
    const before = core.hub.listeners;
    const leaving = new AbortController();
    const events = await client.events(undefined, { signal: leaving.signal });
    await events.next();
    expect(core.hub.listeners).toBe(before + 1);
    leaving.abort();
    await expect.poll(() => core.hub.listeners).toBe(before);
  });
});
