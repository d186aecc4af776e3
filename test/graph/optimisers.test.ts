import { describe, expect, test } from 'vitest';
import { after } from '../../src-main/graph/checkpoint.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import { constant, identity, placeholder } from '../../src-main/graph/operations.ts';
import { learningRateAt, movingAverage, optimiserSteps } from '../../src-main/graph/optimisers.ts';
import { assign, variable } from '../../src-main/graph/variables.ts';
import { Calculator, canRun } from './calculator.ts';
import type { OptimiserSettings } from '../../src-main/graph/optimisers.ts';
import type { Variable } from '../../src-main/graph/variables.ts';

describe('the learning rate', () => {
  const rates = (steps: number, schedule: 'constant' | 'cosine', warmUp: number) =>
    Array.from({ length: steps }, (_, step) => learningRateAt(step, steps, { peak: 0.8, schedule, warmUp }));

  test('stays at its peak where it is constant', () => {
    expect(rates(3, 'constant', 0)).toEqual([0.8, 0.8, 0.8]);
  });

  test('rises in a straight line from above 0 during the warm-up', () => {
    // Three warm-up steps of ten, each a quarter of the peak.
    const found = rates(10, 'constant', 0.3);
    [0.2, 0.4, 0.6, 0.8, 0.8].forEach((rate, step) => expect(found[step]).toBeCloseTo(rate, 12));
    expect(found[9]).toBe(0.8);
  });

  test('falls along half a cosine', () => {
    // 0.4·(1 + cos(0°, 60°, 90° …)) for steps 0, 2 and 3 of 6.
    const found = rates(6, 'cosine', 0);
    expect(found[0]).toBe(0.8);
    expect(found[2]).toBeCloseTo(0.6, 12);
    expect(found[3]).toBeCloseTo(0.4, 12);
    expect(found[4]).toBeCloseTo(0.2, 12);
    expect(learningRateAt(6, 6, { peak: 0.8, schedule: 'cosine', warmUp: 0 })).toBeCloseTo(0, 12);
  });

  test('falls from its peak once the warm-up is over', () => {
    const found = rates(8, 'cosine', 0.25);
    expect(found[0]).toBeCloseTo(0.8 / 3, 12);
    expect(found[1]).toBeCloseTo(1.6 / 3, 12);
    expect(found[2]).toBe(0.8);
    expect(found[5]).toBeCloseTo(0.4, 12);
    found.slice(3).forEach((rate, i) => expect(rate).toBeLessThan(found[i + 2]!));
    expect(found[7]).toBeGreaterThan(0);
  });

  test('is a number however few the steps', () => {
    expect(learningRateAt(0, 1, { peak: 1, schedule: 'cosine', warmUp: 0.5 })).toBe(1);
  });
});

const start = [1, -2, 0.5];
const slopes = [
  [0.1, -3, 0],
  [-0.2, 1, 0.004],
];
const rates = [0.05, 0.02];

/** A weight of three numbers after each of two steps, with given gradients and learning rates. */
function twoSteps(settings: OptimiserSettings, decays = true): Float32Array[] {
  const graph = new Graph();
  const made: Variable[] = [];
  const make = (name: string, shape: readonly number[]): Variable => {
    const one = variable(graph, name, shape);
    made.push(one);
    return one;
  };
  const weight = make('weight', [3]);
  const [rate, step] = [placeholder(graph, 'rate', 'float32', []), placeholder(graph, 'step', 'float32', [])];
  const gradient = placeholder(graph, 'gradient', 'float32', [3]);
  const update = { target: weight, gradient, decays, after: [weight.value.node] };
  const steps = optimiserSteps([update], settings, rate, step, make);
  const stepped = after(constant(graph, 0), steps, 'stepped');
  const begun = after(
    constant(graph, 0),
    made.map((one) => assign(one, constant(graph, one === weight ? start : [0, 0, 0]))),
    'begun',
  );
  const calculator = new Calculator(graph);
  try {
    calculator.run([], [begun]);
    return slopes.map((slope, i) => {
      calculator.run(
        [
          [gradient, slope],
          [rate, [rates[i]!]],
          [step, [i + 1]],
        ],
        [stepped],
      );
      return calculator.run([], [weight.value])[0]!;
    });
  } finally {
    calculator.close();
  }
}

/** Within the fraction of the rate that float32's 1 − 0.999 (relative error 5e-5) accounts for. */
function expectNear(found: Float32Array | undefined, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found![i]! - value)).toBeLessThan(1e-4 * rates[0]!));
}

/** Adam as Keras 3 computes it: m and v uncorrected, the rate corrected, ε beside √v. */
function adam(decay: number): number[][] {
  const [weight, m, v] = [[...start], [0, 0, 0], [0, 0, 0]];
  return slopes.map((slope, i) => {
    const corrected = (rates[i]! * Math.sqrt(1 - 0.999 ** (i + 1))) / (1 - 0.9 ** (i + 1));
    slope.forEach((g, j) => {
      weight[j]! -= rates[i]! * decay * weight[j]!;
      m[j]! += (g - m[j]!) * (1 - 0.9);
      v[j]! += (g ** 2 - v[j]!) * (1 - 0.999);
      weight[j]! -= (corrected * m[j]!) / (Math.sqrt(v[j]!) + 1e-7);
    });
    return [...weight];
  });
}

describe.skipIf(!canRun)('two steps of', () => {
  test('gradient descent with momentum', () => {
    const [weight, velocity] = [[...start], [0, 0, 0]];
    const expected = slopes.map((slope, i) => {
      slope.forEach((g, j) => {
        velocity[j] = 0.9 * velocity[j]! - rates[i]! * g;
        weight[j]! += velocity[j];
      });
      return [...weight];
    });
    twoSteps({ kind: 'sgd', momentum: 0.9, weightDecay: 0.3 }).forEach((w, i) => expectNear(w, expected[i]!));
    // By hand: 1 − 0.05·0.1, then a velocity of 0.9·(−0.005) + 0.02·0.2.
    expect(expected[0]![0]).toBeCloseTo(0.995, 12);
    expect(expected[1]![0]).toBeCloseTo(0.9945, 12);
  });

  test('gradient descent without momentum', () => {
    const [first, second] = twoSteps({ kind: 'sgd', momentum: 0, weightDecay: 0 });
    expectNear(first, [0.995, -1.85, 0.5]);
    expectNear(second, [0.999, -1.87, 0.49992]);
  });

  test('Adam, which does not decay', () => {
    const found = twoSteps({ kind: 'adam', momentum: 0.9, weightDecay: 0.3 });
    found.forEach((weight, i) => expectNear(weight, adam(0)[i]!));
    // The first step is as long as the learning rate, whatever the gradient.
    expectNear(found[0], [0.95, -1.95, 0.5]);
  });

  test('AdamW, whose decay comes before the step and follows the rate', () => {
    const found = twoSteps({ kind: 'adamw', momentum: 0.9, weightDecay: 0.3 });
    found.forEach((weight, i) => expectNear(weight, adam(0.3)[i]!));
    expectNear(found[0], [0.95 - 0.05 * 0.3 * 1, -1.95 + 0.05 * 0.3 * 2, 0.5 - 0.05 * 0.3 * 0.5]);
  });

  test('AdamW on a weight that does not decay', () => {
    const found = twoSteps({ kind: 'adamw', momentum: 0.9, weightDecay: 0.3 }, false);
    found.forEach((weight, i) => expectNear(weight, adam(0)[i]!));
  });

  test('a moving average', () => {
    const graph = new Graph();
    const statistic = variable(graph, 'mean', [2]);
    const batch = placeholder(graph, 'batch', 'float32', [2]);
    const kept = placeholder(graph, 'kept', 'float32', []);
    const moved = after(constant(graph, 0), [movingAverage(statistic, batch, kept)], 'moved');
    const begun = after(constant(graph, 0), [assign(statistic, constant(graph, [4, -1]))], 'begun');
    const now = identity(statistic.value);
    const calculator = new Calculator(graph);
    try {
      calculator.run([], [begun]);
      const move = (to: readonly number[], share: number) => {
        calculator.run(
          [
            [batch, to],
            [kept, [share]],
          ],
          [moved],
        );
        return calculator.run([], [now])[0];
      };
      expectNear(move([0, 1], 0.75), [3, -0.5]);
      expectNear(move([1, 0.5], 0.5), [2, 0]);
      expectNear(move([100, 100], 1), [2, 0]);
    } finally {
      calculator.close();
    }
  });
});
