import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { message } from '../../src-main/contract/messages/catalogue.ts';
import { Job } from '../../src-main/contract/jobs.ts';
import type { AppEvent } from '../../src-main/contract/views.ts';
import { Hub } from '../../src-main/core/hub.ts';
import { Jobs, type JobWork } from '../../src-main/core/job-runner.ts';
import { openLog, type Log } from '../../src-main/core/log.ts';

let home: string;
let log: Log;
let jobs: Jobs;
let told: { at: number; job: Job }[];
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'falx-jobs-'));
  log = openLog(home);
  told = [];
  const hub = new Hub();
  const emit = hub.emit.bind(hub);
  hub.emit = (event: AppEvent) => {
    if (event.kind === 'job') told.push({ at: performance.now(), job: Job.parse(event.job) });
    emit(event);
  };
  jobs = new Jobs(hub, log);
});
afterEach(async () => {
  await jobs.close();
  log.close();
  rmSync(home, { recursive: true });
});

const start = (work: JobWork) => jobs.start('import', '/scans', 'images', work);
/** Runs until it is cancelled. */
const untilCancelled: JobWork = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new FalxError('soundnessCancelled', {})));
  });

describe('a job', () => {
  test('that is done keeps what came of it', async () => {
    const { id, state } = start(async ({ progress }) => {
      await sleep(1);
      progress(7, 7, 3.5);
      return 'ds-1';
    });
    expect(state).toBe('running');
    const job = await jobs.settled(id);
    expect(job).toMatchObject({
      kind: 'import',
      subject: '/scans',
      state: 'done',
      done: 7,
      total: 7,
      rate: 3.5,
      secondsLeft: null,
      resultId: 'ds-1',
      error: null,
    });
    expect(Date.parse(job.ended!)).toBeGreaterThanOrEqual(Date.parse(job.started));
    expect(jobs.list()).toEqual([job]);
    expect(told.at(0)?.job.state).toBe('running');
    expect(told.at(-1)?.job).toEqual(job);
  });

  test('that fails keeps the code, sentence and facts of its error', async () => {
    const { id } = start(() => Promise.reject(new FalxError('folderMissing', { folder: '/scans' })));
    expect(await jobs.settled(id)).toMatchObject({
      state: 'failed',
      resultId: null,
      error: {
        code: 'not-found',
        message: 'There is no folder "/scans". Check the path.',
        facts: { why: 'folderMissing', folder: '/scans' },
      },
    });
  });

  test('that fails by a mistake of Falx says so, and the log has the rest', async () => {
    const { id } = start(() => Promise.reject(new TypeError('x is not a function')));
    const { error } = await jobs.settled(id);
    expect(error).toMatchObject({ code: 'fault', facts: { log: log.file } });
    expect(error!.message).toMatch(/falx\.log\. \[error: x is not a function\]/);
    const line = JSON.parse(readFileSync(log.file, 'utf8').trim()) as { job: string; err: { stack: string } };
    expect(line.job).toBe(id);
    expect(line.err.stack).toContain('jobs.test.ts');
  });

  test('that is cancelled ends as cancelled; to cancel it again changes nothing', async () => {
    const { id } = start(untilCancelled);
    jobs.cancel(id);
    const job = await jobs.settled(id);
    expect(job).toMatchObject({ state: 'cancelled', error: null });
    jobs.cancel(id);
    expect(jobs.job(id)).toEqual(job);
  });

  test('that uses the files of a run being removed is aborted first; others continue', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    let ended = false;
    const slowToEnd: JobWork = async (tools) => {
      await untilCancelled(tools).catch(() => promise);
      ended = true;
      throw new FalxError('soundnessCancelled', {});
    };
    const using = jobs.start('export', 'run-1', 'bytes', slowToEnd, ['run-1', 'run-2']);
    const other = jobs.start('export', 'run-3', 'bytes', untilCancelled, ['run-3']);
    const gone = jobs.release(['run-2', 'run-4']).then(() => ended);
    resolve(null);
    expect(await gone).toBe(true);
    expect(jobs.job(using.id).state).toBe('cancelled');
    expect(jobs.job(other.id).state).toBe('running');
  });

  test('that fails after it was cancelled has failed', async () => {
    const { id } = start(async ({ signal }) => {
      await sleep(5);
      throw new FalxError('logNotRead', {
        file: `read when aborted: ${signal.aborted}`,
        reason: message('systemDiskFull', { errno: 'ENOSPC' }),
      });
    });
    jobs.cancel(id);
    expect(await jobs.settled(id)).toMatchObject({ state: 'failed', error: { code: 'disk' } });
  });

  test('is told of five times a second at most, and at last as it is', async () => {
    const { id } = start(async ({ progress }) => {
      for (let done = 1; done <= 700; done += 1) {
        progress(done, 700);
        if (done % 10 === 0) await sleep(10);
      }
      return null;
    });
    await jobs.settled(id);
    const running = told.filter(({ job }) => job.state === 'running');
    expect(running.length).toBeGreaterThan(2);
    running.slice(1).forEach(({ at }, index) => expect(at - running[index]!.at).toBeGreaterThan(190));
    expect(told.at(-1)?.job).toMatchObject({ state: 'done', done: 700 });
  });

  test('tells the pace since its first report, and the time left by it', async () => {
    let seconds = 0;
    const { id } = start(async ({ progress }) => {
      progress(1000, 1100); // a resumed download
      const began = performance.now();
      await sleep(200);
      seconds = (performance.now() - began) / 1000;
      progress(1020, 1100);
      return null;
    });
    await jobs.settled(id);
    const done = jobs.job(id).rate! * seconds;
    // 20, but for the moments between two looks at the clock.
    expect(done).toBeGreaterThan(10);
    expect(done).toBeLessThanOrEqual(20.2);
  });

  test('tells whole seconds, and one while anything is left', async () => {
    const left: (number | null)[] = [];
    const { id } = start(async ({ progress, id: own }) => {
      for (const [done, rate] of [
        [1, 2],
        [9, 2],
        [10, 2],
      ] as const) {
        progress(done, 10, rate);
        left.push(jobs.job(own).secondsLeft);
      }
      return Promise.resolve(null);
    });
    await jobs.settled(id);
    expect(left).toEqual([5, 1, 0]);
  });

  test('that there is none of is refused', () => {
    for (const ask of [() => jobs.cancel('job-x'), () => jobs.job('job-x'), () => jobs.settled('job-x')])
      expect(ask).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

test('the fifty that ended last are kept, and all that run', async () => {
  const running = start(untilCancelled);
  for (let count = 0; count < 60; count += 1) await jobs.settled(start(() => Promise.resolve(null)).id);
  start(() => Promise.resolve(null));
  const ids = jobs.list().map(({ id }) => id);
  expect(ids).toHaveLength(52); // the newest runs as well when the old ones are counted
  expect(ids[0]).toBe(running.id);
});

test('closing breaks all off and waits for them', async () => {
  const ids = [start(untilCancelled), start(untilCancelled)].map(({ id }) => id);
  await jobs.close();
  expect(ids.map((id) => jobs.job(id).state)).toEqual(['cancelled', 'cancelled']);
  expect(() => start(untilCancelled)).toThrow(expect.objectContaining({ code: 'cancelled' }));
});
