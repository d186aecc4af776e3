import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type ParserFault, ParserPool } from '../../src-main/system/parsers.ts';

const module = new URL('./parsers.child.ts', import.meta.url);
const pool = new ParserPool<string, string>(module, { processes: 2, ownSeconds: 0.4, bytes: 2 ** 29 });
const folder = mkdtempSync(path.join(tmpdir(), 'falx-parsers-'));
/** Whoever opens it for reading waits for a writer that never comes, as on a hanging file system. */
const pipe = path.join(folder, 'pipe');
if (process.platform === 'linux') execFileSync('mkfifo', [pipe]);
afterAll(() => {
  pool.close();
  rmSync(folder, { recursive: true });
});

const hasChrt = (process.env['PATH'] ?? '').split(':').some((place) => existsSync(path.join(place, 'chrt')));

const many = Array.from({ length: 30 }, (_, i) => `file-${i}`);

const onLinux: [string, Partial<ParserFault>][] = [
  ['hang', { how: 'time' }],
  ['sleep', { how: 'time' }],
  [`wait for ${pipe}`, { how: 'time' }],
  ['abort', { how: 'ended', said: 'SIGABRT' }],
];

describe('a pool of parsers', () => {
  test('answers each task, in the order asked for whoever waits for them all', async () => {
    const answers = await Promise.all(many.map((task) => pool.ask(task)));
    expect(answers).toEqual(many.map((task) => ({ answer: task.toUpperCase() })));
    expect(pool.pids.length).toBeGreaterThan(0);
  });

  test.each<[string, Partial<ParserFault>]>([
    ['exit', { how: 'ended', said: 'code 3' }],
    ['throw', { how: 'threw', said: 'RangeError: offset is out of range' }],
    ...(process.platform === 'linux' ? onLinux : []),
  ])('a task that would %s costs nothing but itself, and its process is replaced', async (bad, fault) => {
    const tasks = [...many.slice(0, 10), bad, ...many.slice(10)];
    const answers = await Promise.all(tasks.map((task) => pool.ask(task)));
    expect(answers[10]).toMatchObject({ fault });
    expect(answers.toSpliced(10, 1)).toEqual(many.map((task) => ({ answer: task.toUpperCase() })));
  });

  test.runIf(process.platform === 'linux').each(['eat'])(
    'a task that would %s all memory is ended at its limit',
    async (bad) => {
      const tight = new ParserPool<string, string>(module, { processes: 1, bytes: 2 ** 29 });
      const answers = await Promise.all(['a', bad, 'b'].map((task) => tight.ask(task)));
      expect(answers[1]).toHaveProperty('fault');
      expect([answers[0], answers[2]]).toEqual([{ answer: 'A' }, { answer: 'B' }]);
      tight.close();
    },
  );

  test.runIf(process.platform === 'linux').each([
    ['where there is chrt, threads that are woken take nobody’s place', process.env['PATH'], hasChrt ? 3 : 0],
    ['without it all goes on as usual', '/nowhere', 0],
  ])('%s', async (_, folders, policy) => {
    vi.stubEnv('PATH', folders);
    const one = new ParserPool<string, string>(module, { processes: 1 });
    expect(await one.ask('a')).toEqual({ answer: 'A' });
    vi.unstubAllEnvs();
    // sched(7): 0 is the default, 3 SCHED_BATCH; for all its threads.
    const policies = readdirSync(`/proc/${one.pids[0]}/task`).map((thread) =>
      readFileSync(`/proc/${one.pids[0]}/task/${thread}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')
        .at(38),
    );
    expect(new Set(policies)).toEqual(new Set([String(policy)]));
    one.close();
  });

  test('what throws beside others, or is refused for what may be their doing, is tried once more alone', async () => {
    const doubts = (answer: unknown) => answer === 'DAMAGED';
    const tasks = ['crowded', 'refused', 'throw', ...many];
    const answers = await Promise.all(tasks.map((task) => pool.ask(task, { doubts })));
    expect(answers[0]).toEqual({ answer: 'CROWDED' });
    expect(answers[1]).toEqual({ answer: 'REFUSED' });
    expect(answers[2]).toMatchObject({ fault: { how: 'threw' } });
    expect(answers.slice(3)).toEqual(many.map((task) => ({ answer: task.toUpperCase() })));
    // A caller without doubts gets the first answer.
    const [sure] = await Promise.all(['refused', ...many].map((task) => pool.ask(task)));
    expect(sure).toEqual({ answer: 'DAMAGED' });
  });

  test('many bad ones among good ones: each costs itself', async () => {
    const tasks = many.map((task, i) => (i % 7 === 3 ? 'exit' : task));
    const answers = await Promise.all(tasks.map((task) => pool.ask(task)));
    answers.forEach((answer, i) =>
      expect(answer).toEqual(
        i % 7 === 3 ? { fault: { how: 'ended', said: 'code 3' } } : { answer: tasks[i]!.toUpperCase() },
      ),
    );
  });

  test.runIf(process.platform === 'linux')(
    'a process that is stopped from outside is replaced; the tasks it had are answered by another',
    async () => {
      const stopped = new ParserPool<string, string>(module, { processes: 1, ownSeconds: 0.4 });
      await stopped.ask('a');
      process.kill(stopped.pids[0]!, 'SIGSTOP');
      expect(await Promise.all(['b', 'c'].map((task) => stopped.ask(task)))).toEqual([
        { answer: 'B' },
        { answer: 'C' },
      ]);
      stopped.close();
    },
  );

  test.runIf(process.platform === 'linux')(
    'one that is at work, or reads, is not taken for one at rest, however long that lasts',
    async () => {
      // It may be idle for a moment: between two pieces, or before it has been told.
      const strict = new ParserPool<string, string>(module, { processes: 1, ownSeconds: 0.5 });
      await strict.ask('a');
      expect(await strict.ask('read in drops')).toEqual({ answer: 'READ IN DROPS' });
      strict.close();
    },
  );

  test('a task that nobody wants any more ends with its process; those beside it are answered all the same', async () => {
    const patient = new ParserPool<string, string>(module, { processes: 1, ownSeconds: 600 });
    const end = new AbortController();
    const hung = patient.ask('hang', { signal: end.signal });
    const others = ['a', 'b'].map((task) => patient.ask(task));
    await expect.poll(() => patient.pids.length).toBeGreaterThan(0);
    const [pid] = patient.pids;
    end.abort();
    expect(await hung).toEqual({ fault: { how: 'ended', said: 'it is not wanted any more' } });
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
    expect(await Promise.all(others)).toEqual([{ answer: 'A' }, { answer: 'B' }]);
    expect(await patient.ask('c', { signal: end.signal })).toHaveProperty('fault');
    patient.close();
  });

  test.runIf(process.platform === 'linux' && availableParallelism() > 1)(
    'has as many processes as keep all cores busy: one where threads do the work, more where one thread does it',
    async () => {
      for (const [task, processes] of [
        ['beside', 1],
        ['busy', 2],
      ] as const) {
        const fresh = new ParserPool<string, string>(module, { processes: 2 });
        const answers = await Promise.all(Array.from({ length: 120 }, () => fresh.ask(task)));
        const pids = answers.map((parsed) => ('answer' in parsed ? parsed.answer : parsed.fault.said));
        expect(new Set(pids).size).toBe(processes);
        fresh.close();
      }
    },
  );

  test('brings bytes along with an answer, however many, and what a task says on its way', async () => {
    const said: unknown[] = [];
    const asked = ['bytes 0', 'bytes 3', 'bytes 300000'].map((task) =>
      pool.ask(task, { onGoing: (one) => said.push(one) }),
    );
    for (const [i, size] of [0, 3, 300_000].entries()) {
      const parsed = (await asked[i]) as { answer: string; bytes: Buffer[] };
      expect(parsed.answer).toBe(`BYTES ${size}`);
      expect(parsed.bytes.map(({ length }) => length)).toEqual([size, 2]);
      expect(parsed.bytes[0]!.equals(Buffer.alloc(size, size % 251))).toBe(true);
      expect([...parsed.bytes[1]!]).toEqual([1, 2]);
    }
    expect(said).toEqual([0, 3, 300_000]);
  });
});
