import { RPCHandler } from '@orpc/server/message-port';
import { RPCLink } from '@orpc/client/message-port';
import { implement } from '@orpc/server';
import { describe, expect, it, vi } from 'vitest';
import { api } from '../../../src-main/contract/api.ts';
import { defaultPreferences } from '../../../src-main/contract/views.ts';
import { Line, type Wire } from '../../../src-renderer/host/core-line.ts';

/** A wire to something that answers two calls of the contract as the core does. */
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
    const line = new Line();
    const asked = line.client.app.preferences();
    const first = wire();
    line.connected(first);
    expect(await asked).toEqual(defaultPreferences);
    first.cut();
  });

  it('is refused at once while the line is broken, and goes through when it is back', async () => {
    const line = new Line();
    line.connected(wire());
    line.broken('lost');
    await expect(line.client.app.preferences()).rejects.toMatchObject(lost);
    const second = wire();
    line.connected(second);
    expect(await line.client.app.preferences()).toEqual(defaultPreferences);
    second.cut();
  });

  it.each(['lost', 'elsewhere'] as const)(
    'that waits is refused when the first try ends with %s',
    async (state) => {
      const line = new Line();
      const asked = line.client.app.preferences();
      line.broken(state);
      await expect(asked).rejects.toMatchObject(lost);
    },
  );

  it('under way is refused when the line breaks', async () => {
    const line = new Line();
    const heard = Promise.withResolvers<void>();
    const first = wire(heard.resolve);
    line.connected(first);
    const asked = line.client.jobs.list();
    await heard.promise;
    line.broken('lost');
    first.cut();
    await expect(asked).rejects.toMatchObject(lost);
  });

  it('that is given up says so itself', async () => {
    const line = new Line();
    const first = wire();
    line.connected(first);
    const given = new AbortController();
    const asked = line.client.jobs.list(undefined, { signal: given.signal });
    given.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    first.cut();
  });
});

it('a stream of events ends as lost when the line breaks', async () => {
  const line = new Line();
  const first = wire();
  line.connected(first);
  const events = await line.client.events();
  expect((await events.next()).value).toEqual({ kind: 'changed', table: 'runs' });
  const next = events.next();
  line.broken('lost');
  first.cut();
  await expect(next).rejects.toMatchObject(lost);
});

it('tells each change of its state once, until it is no longer listened to', () => {
  const line = new Line();
  const heard = vi.fn();
  const stop = line.onState(heard);
  line.broken('lost');
  line.broken('lost');
  line.broken('elsewhere');
  stop();
  line.broken('lost');
  expect(heard.mock.calls).toEqual([['lost'], ['elsewhere']]);
});
