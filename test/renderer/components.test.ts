import { describe, expect, test, vi } from 'vitest';
import { AppError, asAppError } from '../../src-renderer/app/app-error.ts';
import { crumbsOf } from '../../src-renderer/components/crumbs.ts';
import { shareTrained } from '../../src-renderer/components/frame/share-trained.ts';
import { numberProblem } from '../../src-renderer/components/number-problem.ts';
import { Pages, pageSize } from '../../src-renderer/components/paging.ts';
import { sorted } from '../../src-renderer/components/sorted.ts';

describe('a number field', () => {
  test.each([
    ['12', null],
    [' 1e-4 ', null],
    ['.5', null],
    ['', 'missing'],
    ['abc', 'unsound'],
    ['0x10', 'unsound'],
    ['Infinity', 'unsound'],
    ['1,5', 'unsound'],
    ['0.05', null],
    ['-1', 'between'],
    ['101', 'between'],
  ])('says what is wrong with %j: %s', (text, problem) => {
    expect(numberProblem(text, { min: 0, max: 100 })).toBe(problem);
  });

  test('wants whole numbers where only those make sense, and minds one-sided limits', () => {
    expect(numberProblem('1.5', { whole: true })).toBe('whole');
    expect(numberProblem('0', { min: 1 })).toBe('low');
    expect(numberProblem('9', { max: 5 })).toBe('high');
  });
});

describe('the pages of a picture grid', () => {
  const drained = () => new Promise((resolve) => setTimeout(resolve));

  test('fetch what is looked at, once, a page at a time', async () => {
    const load = vi.fn((offset: number, limit: number) =>
      Promise.resolve(Array.from({ length: limit }, (_, n) => offset + n)),
    );
    const changed = vi.fn();
    const pages = new Pages(load, changed);
    expect(pages.at(0)).toBeUndefined();
    pages.want(190, 210);
    pages.want(190, 210);
    await drained();
    expect(load.mock.calls).toEqual([
      [0, pageSize],
      [200, pageSize],
    ]);
    expect(changed).toHaveBeenCalledTimes(2);
    expect([pages.at(0), pages.at(205), pages.at(400)]).toEqual([0, 205, undefined]);
  });

  test('let the least recently looked at go', async () => {
    const load = vi.fn((offset: number) => Promise.resolve([offset]));
    const pages = new Pages(load, () => undefined);
    for (let page = 0; page < 30; page++) pages.want(page * pageSize, page * pageSize + 1);
    await drained();
    pages.want(0, 1); // used again, so page 1 is the least recently used
    pages.want(30 * pageSize, 30 * pageSize + 1);
    await drained();
    expect(pages.at(0)).toBe(0);
    expect(pages.at(pageSize)).toBeUndefined();
    expect(pages.at(30 * pageSize)).toBe(30 * pageSize);
  });

  test('keep why a page could not come, until it is tried again', async () => {
    let broken = true;
    const failure = new AppError('connection-lost', 'The connection is broken.');
    const pages = new Pages(
      () => (broken ? Promise.reject(failure) : Promise.resolve(['row'])),
      () => undefined,
    );
    pages.want(0, 1);
    await drained();
    expect(pages.error).toBe(failure);
    broken = false;
    pages.retry();
    pages.want(0, 1);
    await drained();
    expect(pages.error).toBeUndefined();
    expect(pages.at(0)).toBe('row');
  });
});

describe('a sorted table', () => {
  const rows = [{ x: 2 }, { x: null }, { x: 10 }, { x: 1 }];

  test('puts rows without a value last either way', () => {
    const order = (descending: boolean) => sorted(rows, ({ x }) => x, { descending }, 'en').map(({ x }) => x);
    expect(order(false)).toEqual([1, 2, 10, null]);
    expect(order(true)).toEqual([10, 2, 1, null]);
  });

  test('orders names as people do', () => {
    const names = ['run 10', 'Run 2', 'run 1', '가'];
    expect(sorted(names, (name) => name, { descending: false }, 'en')).toEqual([
      'run 1',
      'Run 2',
      'run 10',
      '가',
    ]);
  });
});

test.each([
  ['/', [['/', '/']]],
  [
    '/data/mri',
    [
      ['/', '/'],
      ['data', '/data'],
      ['mri', '/data/mri'],
    ],
  ],
  [
    String.raw`C:\Users\kim`,
    [
      ['C:\\', 'C:\\'],
      ['Users', String.raw`C:\Users`],
      ['kim', String.raw`C:\Users\kim`],
    ],
  ],
  [
    String.raw`\\server\scans\mri`,
    [
      ['\\\\server\\scans\\', '\\\\server\\scans\\'],
      ['mri', String.raw`\\server\scans\mri`],
    ],
  ],
])('the way to %s is %j', (folder, expected) => {
  expect(crumbsOf(folder).map(({ name, path }) => [name, path])).toEqual(expected);
});

describe('the share of a run that is trained', () => {
  const active = {
    runId: 'run-1',
    deviceId: 'cpu',
    network: 'resnet50',
    phase: 'training',
    pixels: null,
    epoch: 3,
    epochs: 4,
    step: 5,
    steps: 10,
    loss: 0.4,
    learningRate: 1e-4,
    imagesPerSecond: 9,
    secondsLeft: 60,
    memoryBytes: null,
    device: 'CPU',
    warnings: [],
  } as const;

  test.each([
    [{}, 0.625], // 2.5 of 4 epochs
    [{ epoch: 0 }, null],
    [{ phase: 'preparing', pixels: { done: 30, total: 120 } }, 0.25],
    [{ phase: 'preparing' }, null],
    [{ epoch: 4, step: 10 }, 1],
  ] as const)('with %j is %s', (change, expected) => {
    expect(shareTrained({ ...active, warnings: [], ...change })).toBe(expected);
  });
});

describe('an error from the core', () => {
  test('keeps its code, message and facts', () => {
    const wire = Object.assign(new Error('The folder has one class.'), {
      code: 'bad-dataset',
      data: { folder: 'mri' },
    });
    const told = asAppError(wire);
    expect(told).toMatchObject({
      code: 'bad-dataset',
      message: 'The folder has one class.',
      facts: { folder: 'mri' },
    });
    expect(told.cause).toBe(wire);
    expect(asAppError(told)).toBe(told);
  });

  test('is a bug in Falx where it has no code', () => {
    expect(asAppError(new TypeError('x is not a function')).code).toBe('fault');
    expect(asAppError('text').message).toBe('text');
  });
});
