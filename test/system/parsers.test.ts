import { afterAll, describe, expect, test } from 'vitest';
import { type ParserFault, ParserPool } from '../../src-main/system/parsers.ts';

const module = new URL('./parsers.child.ts', import.meta.url);
const pool = new ParserPool<string, string>(module, { processes: 2, processorSeconds: 0.4, bytes: 2 ** 29 });
afterAll(() => pool.close());

const many = Array.from({ length: 30 }, (_, i) => `file-${i}`);

const onLinux: [string, Partial<ParserFault>][] = [
  ['hang', { how: 'time' }],
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

  test('many bad ones among good ones: each costs itself', async () => {
    const tasks = many.map((task, i) => (i % 7 === 3 ? 'exit' : task));
    const answers = await Promise.all(tasks.map((task) => pool.ask(task)));
    answers.forEach((answer, i) =>
      expect(answer).toEqual(
        i % 7 === 3 ? { fault: { how: 'ended', said: 'code 3' } } : { answer: tasks[i]!.toUpperCase() },
      ),
    );
  });
});
