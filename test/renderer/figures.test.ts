import { describe, expect, test } from 'vitest';
import type { Epoch } from '../../src-main/contract/records.ts';
import { tableOf } from '../../src-renderer/components/figure-table.ts';
import { withColours } from '../../src-renderer/plots/colours.ts';
import {
  lossCurves,
  probabilityHistogram,
  rocCurves,
  thresholdCurve,
} from '../../src-renderer/plots/plots.ts';

type Trace = Record<string, unknown> & { x: number[]; y: number[]; name: string };
const tracesOf = ({ data }: { data: object[] }) => data as Trace[];

const epoch = (n: number, validationLoss: number | null): Epoch => ({
  epoch: n,
  phase: 'all',
  learningRate: 1e-4,
  trainLoss: 1 / n,
  trainAccuracy: 0.5 + n / 20,
  validationLoss,
  validationAccuracy: validationLoss === null ? null : 0.6,
  seconds: 10,
  imagesPerSecond: 8,
});

const run = {
  runId: 'run-a',
  name: 'MobileNetV2',
  network: 'mobilenetv2' as const,
  epochs: [epoch(1, 0.9), epoch(2, 0.4), epoch(3, 0.5)],
  bestEpoch: 2,
};

describe('the curves of training', () => {
  test('draw training dotted, validation with marks, and ring the best epoch', () => {
    const [train, validation, best] = tracesOf(lossCurves([run], 'loss'));
    expect(train).toMatchObject({ x: [1, 2, 3], y: [1, 1 / 2, 1 / 3], line: { dash: 'dot' } });
    expect(validation).toMatchObject({ x: [1, 2, 3], y: [0.9, 0.4, 0.5], mode: 'lines+markers' });
    expect(best).toMatchObject({ x: [2], y: [0.4], showlegend: false });
  });

  test('say in words how each run stands', () => {
    const { description, table } = lossCurves([run], 'accuracy');
    expect(description).toContain('1 run');
    expect(description).toContain('MobileNetV2, epoch 3: training 65.0%, validation 60.0%.');
    expect(table?.rows).toHaveLength(3);
  });

  test('leave out the validation curve of a run without validation', () => {
    const traces = tracesOf(lossCurves([{ ...run, epochs: [epoch(1, null)] }], 'loss'));
    expect(traces).toHaveLength(1);
  });

  test('tell two runs of one network apart by their lines', () => {
    const traces = tracesOf(lossCurves([run, { ...run, runId: 'run-b', name: 'again' }], 'loss'));
    const dashes = traces
      .filter(({ mode }) => mode === 'lines+markers')
      .map(({ line }) => (line as { dash: string }).dash);
    expect(dashes).toEqual(['solid', 'dash']);
  });

  test.each([
    { last: 1, step: 1 },
    { last: 2, step: 1 },
    { last: 12, step: 1 },
    { last: 13, step: 2 },
    { last: 50, step: 5 },
    { last: 500, step: 50 },
    { last: 1000, step: 100 },
  ])('have a tick every $step epochs of $last, at whole epochs only', ({ last, step }) => {
    const epochs = Array.from({ length: last }, (_, n) => epoch(n + 1, 0.5));
    const { xaxis } = lossCurves([{ ...run, epochs }], 'loss').layout;
    expect(xaxis).toMatchObject({ tickmode: 'linear', tick0: 0, dtick: step, range: [0.5, last + 0.5] });
  });

  test('draw nothing, and say so, before the first epoch', () => {
    expect(lossCurves([{ ...run, epochs: [] }], 'loss').data).toHaveLength(1);
    expect(lossCurves([], 'loss')).toMatchObject({ data: [] });
  });

  test('show a name that looks like a tag as it is', () => {
    const [train] = tracesOf(lossCurves([{ ...run, name: '<b>%{y}' }], 'loss'));
    expect(train?.name).not.toContain('<b>');
    expect(train?.name).not.toContain('%{');
  });
});

const images = [
  { label: 1, probability: 0.9 },
  { label: 1, probability: 0.4 },
  { label: 0, probability: 0.6 },
  { label: 0, probability: 0.1 },
] as const;

describe('ROC curves', () => {
  test('start at (0, 0), end at (1, 1), and name their area', () => {
    const figure = rocCurves([{ ...run, images }]);
    const [chance, curve] = tracesOf(figure);
    expect(chance).toMatchObject({ x: [0, 1], y: [0, 1] });
    expect(curve).toMatchObject({ x: [0, 0, 0.5, 0.5, 1], y: [0, 0.5, 0.5, 1, 1] });
    // 0.9 wins over both negatives, 0.4 over one: 3 of 4 pairs.
    expect(curve?.name).toBe('MobileNetV2 (AUC 0.750)');
    expect(figure.description).toContain('AUC 0.750');
  });

  test('of thousands of scans have no more points than a screen can tell apart, and the area of all', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      label: (i % 2) as 0 | 1,
      // Interleaved, so that every point is a corner.
      probability: (i + (i % 2) * 5000) / 25_001,
    }));
    const figure = rocCurves([{ ...run, images: many }]);
    const curve = tracesOf(figure)[1]!;
    expect(curve.x.length).toBeLessThanOrEqual(2001);
    expect([curve.x[0], curve.y[0], curve.x.at(-1), curve.y.at(-1)]).toEqual([0, 0, 1, 1]);
    expect(figure.table!.rows.length).toBeLessThanOrEqual(201);
    // Trapezoids under the drawn points: as close to the true area as the points are to each other.
    const drawn = curve.x
      .slice(1)
      .reduce((sum, x, i) => sum + ((x - curve.x[i]!) * (curve.y[i + 1]! + curve.y[i]!)) / 2, 0);
    expect(Number(/AUC (0\.\d+)/.exec(curve.name)![1])).toBeCloseTo(drawn, 2);
  });

  test('mark the threshold on each curve', () => {
    const marks = tracesOf(rocCurves([{ ...run, images }], 0.5)).filter(({ mode }) => mode === 'markers');
    expect(marks).toMatchObject([{ x: [0.5], y: [0.5] }]);
    const own = tracesOf(rocCurves([{ ...run, images }], () => 0.2)).filter(({ mode }) => mode === 'markers');
    expect(own).toMatchObject([{ x: [0.5], y: [1] }]);
  });
});

test('sensitivity falls and specificity rises with the threshold', () => {
  const { data, description } = thresholdCurve(images, 0.5);
  const [sensitivity, specificity] = tracesOf({ data });
  expect(sensitivity?.y[0]).toBe(1);
  expect(sensitivity?.y.at(-1)).toBe(0);
  expect(specificity?.y[0]).toBe(0);
  expect(specificity?.y.at(-1)).toBe(1);
  expect(sensitivity?.y).toEqual([...sensitivity!.y].sort((a, b) => b - a));
  expect(description).toContain('At 0.50 the sensitivity is 50.0% and the specificity 50.0%');
});

test('the histogram counts every scan once, 1 in the last bar', () => {
  const scans = [...images, { label: 1, probability: 1 }, { label: 0, probability: 0 }] as const;
  const { data, description } = probabilityHistogram(scans, 0.5, { positive: 'yes', negative: 'no' });
  const [negative, positive] = tracesOf({ data });
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  expect([sum(negative!.y), sum(positive!.y)]).toEqual([3, 3]);
  expect(positive!.y.at(-1)).toBe(1);
  expect(negative!.y[0]).toBe(1);
  expect(description).toContain('2 of 3 scans of yes');
  expect(description).toContain('2 of 3 scans of no');
});

test('colours are looked up however deep they lie, and lists of numbers left alone', () => {
  const x = [1, 2, 3];
  const coloured = withColours(
    { data: [{ x, marker: { color: ['var(--a)', 'var(--b)'] } }], name: 'not var(--a)' },
    (name) => name.toUpperCase(),
  );
  expect(coloured).toEqual({ data: [{ x, marker: { color: ['--A', '--B'] } }], name: 'not var(--a)' });
  expect(coloured.data[0]!.x).toBe(x);
});

test('a figure without a table of its own shows its points', () => {
  const data = [{ name: 'line', x: [1, 2], y: [3, null] }];
  expect(tableOf({ data, layout: {}, description: '' }).rows).toEqual([
    ['line', 1, 3],
    ['line', 2, null],
  ]);
});
