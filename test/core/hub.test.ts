import { expect, test } from 'vitest';
import type { Job } from '../../src-main/contract/jobs.ts';
import type { AppEvent, TrainingState } from '../../src-main/contract/views.ts';
import { Hub } from '../../src-main/core/hub.ts';
import * as sample from '../registry/sample-records.ts';

const job = (id: string, done: number): AppEvent => ({
  kind: 'job',
  job: { id, done } as Job, // the hub only reads the id
});
const training = (queueSecondsLeft: number): AppEvent => ({
  kind: 'training',
  training: {
    active: [],
    devices: [],
    queue: [],
    queueSecondsLeft,
    trainedElsewhere: false,
    held: false,
  } satisfies TrainingState,
});
const epoch = (runId: string, number: number): AppEvent => ({
  kind: 'epoch',
  runId,
  epoch: sample.epoch(number),
  best: false,
});
const changed = (table: 'runs' | 'datasets'): AppEvent => ({ kind: 'changed', table });

async function take(listener: AsyncGenerator<AppEvent>, count: number): Promise<AppEvent[]> {
  const events: AppEvent[] = [];
  while (events.length < count) events.push((await listener.next()).value as AppEvent);
  return events;
}

test('a listener hears all from the moment it asks, though it reads later', async () => {
  const hub = new Hub();
  hub.emit(changed('runs'));
  const listener = hub.listen();
  hub.changed('datasets');
  hub.emit(epoch('run-1', 1));
  expect(await take(listener, 2)).toEqual([changed('datasets'), epoch('run-1', 1)]);
  const next = listener.next();
  hub.emit(job('job-1', 5));
  expect(await next).toEqual({ done: false, value: job('job-1', 5) });
});

test('what is true at the start comes before what happens next', async () => {
  const hub = new Hub();
  const listener = hub.listen(undefined, [job('job-1', 3), training(60)]);
  hub.emit(changed('runs'));
  expect(await take(listener, 3)).toEqual([job('job-1', 3), training(60), changed('runs')]);
});

test('a slow listener gets the newest snapshot of each job and of the training, and every epoch', async () => {
  const hub = new Hub();
  const slow = hub.listen();
  const quick = hub.listen();
  for (let step = 1; step <= 1000; step += 1) {
    hub.emit(job('job-1', step));
    hub.emit(training(1000 - step));
    if (step % 250 === 0) hub.emit(epoch('run-1', step / 250));
    if (step % 500 === 0) hub.changed('runs');
    await quick.next();
  }
  hub.emit(job('job-2', 1));
  const heard = await take(slow, 8);
  expect(heard.filter(({ kind }) => kind === 'epoch')).toEqual([1, 2, 3, 4].map((n) => epoch('run-1', n)));
  expect(heard.filter(({ kind }) => kind === 'job')).toEqual([job('job-1', 1000), job('job-2', 1)]);
  expect(heard.filter(({ kind }) => kind === 'training')).toEqual([training(0)]);
  expect(heard.filter(({ kind }) => kind === 'changed')).toEqual([changed('runs')]);
});

test('a listener that leaves, breaks off or was never read is forgotten', async () => {
  const hub = new Hub();
  const leaving = new AbortController();
  const aborted = hub.listen(leaving.signal);
  const broken = hub.listen();
  const returned = hub.listen();
  const waiting = aborted.next();
  expect(hub.listeners).toBe(3);
  leaving.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(hub.listeners).toBe(2);
  await returned.return();
  hub.changed('runs');
  for await (const event of broken) {
    expect(event).toEqual(changed('runs'));
    break;
  }
  expect(hub.listeners).toBe(0);
  expect(await aborted.next()).toEqual({ done: true, value: undefined });
  expect((await hub.listen(AbortSignal.abort(), [changed('runs')]).next()).done).toBe(true);
  expect(hub.listeners).toBe(0);
});
