import { expect, it, vi } from 'vitest';
import type { AppEvent } from '../../../src-main/contract/views.ts';
import { listen } from '../../../src-main/shells/electron/listen.ts';

const runs: AppEvent = { kind: 'changed', table: 'runs' };
const splits: AppEvent = { kind: 'changed', table: 'splits' };

async function* line(...events: (AppEvent | Error)[]): AsyncGenerator<AppEvent> {
  for (const event of events) {
    await Promise.resolve();
    if (event instanceof Error) throw event;
    yield event;
  }
}

it('hands over each event, also after one that can’t be handled and after a line that broke', async () => {
  const lines = [line(runs, splits, new Error('broken')), line(splits)];
  const heard: AppEvent[] = [];
  const log = vi.fn();
  const handle = async (event: AppEvent) => {
    heard.push(event);
    if (heard.length === 1) throw new Error('unhandled');
    await Promise.resolve();
  };
  const { signal } = new AbortController();
  await listen(() => Promise.resolve(lines.shift()!), handle, { signal, log });
  expect(heard).toEqual([runs, splits, splits]);
  expect(log.mock.calls.map(([error]) => (error as Error).message)).toEqual(['unhandled', 'broken']);
});

it('gives up a connection that always breaks before anything arrives', async () => {
  const log = vi.fn();
  const { signal } = new AbortController();
  await listen(
    () => Promise.reject(new Error('no line')),
    () => Promise.resolve(),
    { signal, log },
  );
  expect(log).toHaveBeenCalledTimes(5);
});

it('ends quietly when it is told to', async () => {
  const stop = new AbortController();
  const log = vi.fn();
  const open = () => {
    stop.abort();
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  };
  await listen(open, () => Promise.resolve(), { signal: stop.signal, log });
  expect(log).not.toHaveBeenCalled();
});
