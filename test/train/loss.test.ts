import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../src-main/graph/gradients.ts';
import { Graph } from '../../src-main/graph/graph.ts';
import { placeholder } from '../../src-main/graph/operations.ts';
import { binaryCrossEntropy } from '../../src-main/train/loss.ts';
import { crossEntropyOf } from '../../src-main/statistics/cross-entropy.ts';
import { l2Penalty } from '../../src-main/train/model.ts';
import { Parameters } from '../../src-main/networks/parameters.ts';
import { Calculator, canRun } from '../graph/calculator.ts';
import type { Tensor } from '../../src-main/graph/graph.ts';

/** −Σ w·(t·ln p + (1 − t)·ln(1 − p)) / n, as in the paper; p = σ(x). */
const byDefinition = (logits: number[], labels: number[], weights: number[], smoothing: number): number =>
  logits.reduce((sum, x, i) => {
    const p = 1 / (1 + Math.exp(-x));
    const t = labels[i]! * (1 - smoothing) + smoothing / 2;
    return sum - weights[i]! * (t * Math.log(p) + (1 - t) * Math.log(1 - p));
  }, 0) / logits.length;

describe.skipIf(!canRun)('the loss', () => {
  const graph = new Graph();
  const [logits, labels, weights] = ['logits', 'labels', 'weights'].map((name) =>
    placeholder(graph, name, 'float32', [4]),
  ) as [Tensor, Tensor, Tensor];
  const plain = binaryCrossEntropy(logits, labels, weights, 0);
  const smooth = binaryCrossEntropy(logits, labels, weights, 0.2);
  const [slope] = gradients(plain, [logits]) as [Tensor];
  const parameters = new Parameters(
    graph,
    new Map([
      ['a/kernel', Float32Array.of(1, -2, 3)],
      ['b/depthwise_kernel', Float32Array.of(0.5)],
      ['b/gamma', Float32Array.of(100)],
      ['a/bias', Float32Array.of(100, 100, 100)],
    ]),
  );
  const trainable = [
    parameters.get('a', 'kernel', [1, 3]),
    parameters.get('a', 'bias', [3]),
    parameters.get('b', 'depthwise_kernel', [1, 1, 1, 1]),
    parameters.get('b', 'gamma', [1]),
  ];
  const l2 = l2Penalty(trainable, 0.1);

  let calculator: Calculator;
  beforeAll(() => void (calculator = new Calculator(graph)));
  afterAll(() => calculator.close());
  const ask = (wanted: Tensor, x: number[], z: number[], w: number[] = [1, 1, 1, 1]) =>
    calculator.run(
      [
        [logits, x],
        [labels, z],
        [weights, w],
      ],
      [wanted],
    )[0]!;

  const x = [0, 2, -1.5, 0.3];
  const z = [1, 1, 0, 0];

  test('is the mean cross-entropy, ln 2 for an undecided network', () => {
    expect(ask(plain, x, z)[0]).toBeCloseTo(byDefinition(x, z, [1, 1, 1, 1], 0), 6);
    expect(ask(plain, [0, 0, 0, 0], z)[0]).toBeCloseTo(Math.LN2, 6);
    expect(crossEntropyOf(Float32Array.from(x), z)).toBeCloseTo(byDefinition(x, z, [1, 1, 1, 1], 0), 6);
  });

  test('weighs each example and divides by how many they are', () => {
    const w = [0.5, 2, 0, 3];
    expect(ask(plain, x, z, w)[0]).toBeCloseTo(byDefinition(x, z, w, 0), 6);
    expect(ask(plain, [0, 50, 50, -50], z, [4, 0, 0, 0])[0]).toBeCloseTo(Math.LN2, 6);
  });

  test('moves the labels towards one half when smoothed', () => {
    expect(ask(smooth, x, z, [1, 2, 1, 0.5])[0]).toBeCloseTo(byDefinition(x, z, [1, 2, 1, 0.5], 0.2), 6);
    // With smoothing, certainty has a cost: targets are 0.9 and 0.1, so a logit of ±20 is wrong by a tenth of 20.
    expect(ask(smooth, [20, 20, -20, -20], z)[0]).toBeCloseTo(2, 5);
  });

  test('and its gradient stay numbers for logits of ±100', () => {
    expect(ask(plain, [100, 100, -100, -100], z)[0]).toBeCloseTo(0, 12);
    expect(ask(plain, [-100, -100, 100, 100], z)[0]).toBeCloseTo(100, 4);
    expect(crossEntropyOf(Float32Array.of(-100, 100), [1, 0])).toBeCloseTo(100, 9);
    // σ(x) − z over n.
    [0, 0, 0, 0].forEach((value, i) =>
      expect(ask(slope, [100, 100, -100, -100], z)[i]).toBeCloseTo(value, 6),
    );
    [-1, -1, 1, 1].forEach((value, i) =>
      expect(ask(slope, [-100, -100, 100, 100], z)[i]).toBeCloseTo(value / 4, 6),
    );
  });

  test('has the slope (σ(x) − z)·weight / n, at 0 too', () => {
    const w = [1, 2, 0.5, 3];
    const found = ask(slope, x, z, w);
    x.forEach((value, i) =>
      expect(found[i]).toBeCloseTo(((1 / (1 + Math.exp(-value)) - z[i]!) * w[i]!) / 4, 6),
    );
  });

  test('grows by l2 times the squares of the kernels, and of nothing else', () => {
    expect(calculator.run([], [l2])[0]![0]).toBeCloseTo(0.1 * (1 + 4 + 9 + 0.25), 6);
  });
});
