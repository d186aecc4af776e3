import { describe, expect, it } from 'vitest';
import { summarise } from './report.ts';
import { goalText, markdownTable, median, ratioByRound, ratioText, spread } from './summary.ts';
import type { Entry } from './report.ts';
import type { Framework } from './sides.ts';

function entry(
  framework: Framework,
  round: number,
  seconds: number,
  peakBytes: number,
  parameters = 100,
): Entry {
  const work = { network: 'resnet50' as const, batch: 16, size: 224, warmUp: 0, steps: 1 };
  const result = {
    warmUp: [],
    seconds: [seconds],
    peakBytes,
    parameters,
    versions: {},
    threads: 2,
    loss: null,
    note: null,
  };
  return { round, kind: 'train', framework, work, result, skipped: null };
}

describe('the benchmark’s arithmetic', () => {
  it('takes the middle value, or the mean of the middle two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(() => median([])).toThrow('at least one value');
  });

  it('tells by the median whether a goal is met, as the median is written', () => {
    // 0.9 and 1.16 have 1.03 between them; 1.034 is written as 1.03, and 1.036 as 1.04
    expect(goalText(spread([0.9, 1.16]), { atMost: 1.03 })).toBe('1.03 (0.90–1.16): met');
    expect(goalText(spread([1.034]), { atMost: 1.03 })).toBe('1.03: met');
    expect(goalText(spread([0.9, 1.036, 2]), { atMost: 1.03 })).toBe('1.04 (0.90–2.00): missed');
    expect(goalText(spread([0.7, 0.85, 2]), { atLeast: 0.85 })).toBe('0.85 (0.70–2.00): met');
    expect(goalText(spread([0.84]), { atLeast: 0.85 })).toBe('0.84: missed');
    expect(goalText(null, { atLeast: 0.85 })).toBe('–');
  });

  it('compares within a round and leaves out rounds that one side lacks', () => {
    // 2/4, 3/4, and a third round without the other side
    const a = new Map([
      [0, 2],
      [1, 3],
      [2, 100],
    ]);
    const b = new Map([
      [0, 4],
      [1, 4],
    ]);
    expect(ratioByRound(a, b)).toEqual({ median: 0.625, min: 0.5, max: 0.75 });
    expect(ratioText(ratioByRound(a, b))).toBe('0.63 (0.50–0.75)');
    expect(ratioText(ratioByRound(a, new Map()))).toBe('–');
  });

  it('writes tables that Markdown reads', () => {
    expect(markdownTable(['network', 's'], [['resnet50', '1.25']])).toBe(
      '| network  |    s |\n| -------- | ---: |\n| resnet50 | 1.25 |',
    );
  });

  it('says which goals are met and which network misses one', () => {
    const entries = [entry('falx', 0, 2, 2.4e9), entry('keras', 0, 5, 4e9), entry('torch', 0, 2.5, 2e9)];
    const text = summarise(entries);
    expect(text).toContain('time ≤ 0.5 × Keras: met');
    expect(text).toContain('time ≤ 1 × PyTorch: met');
    expect(text).toContain('time ≤ 0.67 × PyTorch: missed by resnet50, batch 16 (0.80)');
    expect(text).toContain('peak memory ≤ 1.15 × PyTorch: missed by resnet50, batch 16 (1.20)');
  });

  it('refuses to compare networks of different size', () => {
    expect(() => summarise([entry('falx', 0, 1, 1), entry('torch', 0, 1, 1, 99)])).toThrow(
      'Falx has 100, PyTorch has 99',
    );
  });
});
