import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { falx, type Ended } from './falx.ts';
import { expectWithin } from '../../timed.ts';

const home = mkdtempSync(path.join(tmpdir(), 'falx-usage-'));
afterAll(() => rmSync(home, { recursive: true }));

const commands = [
  'doctor',
  'verify-gpu',
  'demo',
  'import',
  'check',
  'split',
  'train',
  'evaluate',
  'compare',
  'predict',
  'runs',
  'show',
  'weights',
  'gpu',
  'export',
  'serve',
  'completion',
];

describe('help', () => {
  test('names every command, at once', async () => {
    const tries = [await falx(home, '--help'), await falx(home, '--help'), await falx(home, '--help')];
    const [{ code, stdout }] = tries as [Ended];
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expectWithin(Math.min(...tries.map(({ milliseconds }) => milliseconds)), 300);
  });

  test.each(commands)('of %s has an example and the options of every command', async (command) => {
    const { code, stdout } = await falx(home, command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Example:\n  falx ${command}`));
    expect(stdout).toContain('--home <dir>');
    expect(stdout).toContain('--json');
  });

  test('of train tells the defaults', async () => {
    const { stdout } = await falx(home, 'help', 'train');
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toContain('epochs in all (default: 12)');
    expect(text).toContain('peak rate (default: 0.0002, from scratch 0.001)');
    expect(text).toContain('(default: 0.1, from scratch 0)');
    expect(text).toContain('0: never (default: 5)');
  });

  test('is what no command gets', async () => {
    expect(await falx(home)).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: falx') });
  });
});

describe('wrong usage exits with 2 and says what is wrong', () => {
  test.each<[string[], RegExp]>([
    [['trian'], /no such command.*unknown command 'trian' \(Did you mean train\?\)/],
    [['runs', '--nope'], /no such option.*unknown option '--nope'/],
    [['split'], /is missing.*missing required argument 'dataset'/],
    [['train', 'sp-1', '--epochs', 'ten'], /--epochs <n>.*"ten".*It must be a whole number/],
    [['train', 'sp-1', '--learning-rate', ''], /It must be a number/],
    [['train', 'sp-1', '--unfreeze', 'half'], /"half".*It must be one of "none", "last", "all"/],
    [['serve', '--port', '70000'], /--port <n>.*"70000".*It must be from 0 to 65535/],
    [['train'], /Name the split to train on/],
    [['train', 'sp-1', '--resume', 'run-1'], /either a split \("sp-1"\) or --resume/],
  ])('falx %j', async (args, message) => {
    const { code, stdout, stderr } = await falx(home, ...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('as one JSON document too', async () => {
    const { code, stdout } = await falx(home, 'train', 'sp-1', '--epochs', 'ten', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'bad-usage',
        message: expect.stringContaining('whole number'),
        facts: expect.any(Object),
      },
    });
  });
});

describe('a failure exits with 1 and says why', () => {
  test('in words, with what to do', async () => {
    const { code, stdout, stderr } = await falx(home, 'split', 'scans');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'falx: There is no dataset "scans" in this home folder. There is none yet: make one with "falx import DIR".\n',
    );
  });

  test('as one JSON document', async () => {
    const { code, stdout } = await falx(home, '--json', 'evaluate', 'run-1');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'not-found', facts: { kind: 'run', id: 'run-1' } },
    });
  });
});

test('an empty home has no runs', async () => {
  expect(JSON.parse((await falx(home, 'runs', '--json')).stdout)).toEqual({ runs: [] });
});
