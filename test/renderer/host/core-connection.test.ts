import { RPCHandler } from '@orpc/server/message-port';
import { RPCLink } from '@orpc/client/message-port';
import { implement } from '@orpc/server';
import { describe, expect, it, vi } from 'vitest';
import { api } from '../../../src-main/contract/api.ts';
import { defaultPreferences } from '../../../src-main/contract/views.ts';
import { CoreConnection, type Wire } from '../../../src-renderer/host/core-connection.ts';

/** A wire to a server that answers two calls of the contract as the core does. */
function wire(onList: () => void = () => undefined): Wire & { cut(): void } {
  const { port1, port2 } = new MessageChannel();
  const router = {
    app: { preferences: implement(api.app.preferences).handler(() => defaultPreferences) },
    jobs: {
      // Never answers.
      list: implement(api.jobs.list).handler(() => {
        onList();
        return new Promise<never>(() => undefined);
      }),
    },
    events: implement(api.events).handler(async function* ({ signal }) {
      yield { kind: 'changed' as const, table: 'runs' as const };
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    }),
  };
  new RPCHandler(router).upgrade(port2);
  port1.start();
  port2.start();
  return { link: new RPCLink({ port: port1 }), closed: false, cut: () => port1.close() };
}

const lost = { code: 'connection-lost' };

describe('a call', () => {
  it('waits for the first wire', async () => {
    const connection = new CoreConnection();
    const answer = connection.client.app.preferences();
    const first = wire();
    connection.opened(first);
    expect(await answer).toEqual(defaultPreferences);
    first.cut();
  });

  it('is rejected at once while the connection is lost, and succeeds once it is back', async () => {
    const connection = new CoreConnection();
    connection.opened(wire());
    connection.closed('lost');
    await expect(connection.client.app.preferences()).rejects.toMatchObject(lost);
    const second = wire();
    connection.opened(second);
    expect(await connection.client.app.preferences()).toEqual(defaultPreferences);
    second.cut();
  });

  it.each(['lost', 'elsewhere'] as const)(
    'that waits is rejected when the first attempt ends with %s',
    async (state) => {
      const connection = new CoreConnection();
      const answer = connection.client.app.preferences();
      connection.closed(state);
      await expect(answer).rejects.toMatchObject(lost);
    },
  );

  it('under way is rejected when the connection is lost', async () => {
    const connection = new CoreConnection();
    const received = Promise.withResolvers<void>();
    const first = wire(received.resolve);
    connection.opened(first);
    const answer = connection.client.jobs.list();
    await received.promise;
    connection.closed('lost');
    first.cut();
    await expect(answer).rejects.toMatchObject(lost);
  });

  it('that is aborted rejects with AbortError', async () => {
    const connection = new CoreConnection();
    const first = wire();
    connection.opened(first);
    const controller = new AbortController();
    const answer = connection.client.jobs.list(undefined, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    first.cut();
  });
});

it('a stream of events ends with connection-lost when the connection is lost', async () => {
  const connection = new CoreConnection();
  const first = wire();
  connection.opened(first);
  const events = await connection.client.events();
  expect((await events.next()).value).toEqual({ kind: 'changed', table: 'runs' });
  const next = events.next();
  connection.closed('lost');
  first.cut();
  await expect(next).rejects.toMatchObject(lost);
});

it('reports each change of its state once, until unsubscribed', () => {
  const connection = new CoreConnection();
  const listener = vi.fn();
  const stop = connection.onState(listener);
  connection.closed('lost');
  connection.closed('lost');
  connection.closed('elsewhere');
  stop();
  connection.closed('lost');
  expect(listener.mock.calls).toEqual([['lost'], ['elsewhere']]);
});
