import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradients, rules } from '../../src-main/graph/gradients.ts';
import { Graph, output, sizeOf } from '../../src-main/graph/graph.ts';
import * as op from '../../src-main/graph/operations.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { Parameters } from '../../src-main/networks/parameters.ts';
import { Pass } from '../../src-main/networks/pass.ts';
import { Calculator, canRun } from './calculator.ts';
import type { Shape, Tensor } from '../../src-main/graph/graph.ts';

interface Case {
  /** The operation whose gradient is tested, and in which variant. */
  operation: string;
  variant?: string;
  /** Shapes of the operands; null is a batch of two that the graph does not know. */
  shapes: readonly Shape[];
  /** Range of each operand's values; −1 … 1 by default. */
  range?: readonly [number, number];
  build: (graph: Graph, ...operands: [Tensor, Tensor, Tensor]) => Tensor;
  /** Operands to differentiate by; by default all. */
  by?: readonly number[];
}

const cases: readonly Case[] = [
  { operation: 'Identity', shapes: [[5]], build: (_, x) => op.identity(x) },
  { operation: 'Neg', shapes: [[5]], build: (_, x) => op.negate(x) },
  { operation: 'Abs', shapes: [[8]], build: (_, x) => op.absolute(x) },
  { operation: 'Exp', shapes: [[5]], build: (_, x) => op.exponential(x) },
  { operation: 'Log1p', shapes: [[5]], range: [-0.5, 2], build: (_, x) => op.log1p(x) },
  { operation: 'Square', shapes: [[5]], build: (_, x) => op.square(x) },
  { operation: 'Rsqrt', shapes: [[5]], range: [0.5, 2], build: (_, x) => op.rsqrt(x) },
  { operation: 'Sigmoid', shapes: [[5]], range: [-3, 3], build: (_, x) => op.sigmoid(x) },
  { operation: 'Relu', shapes: [[12]], build: (_, x) => op.relu(x) },
  { operation: 'Relu6', shapes: [[12]], range: [-4, 10], build: (_, x) => op.relu6(x) },
  { operation: 'Cast', variant: 'float32 to float32', shapes: [[4]], build: (_, x) => castAnyway(x) },

  {
    operation: 'AddV2',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: (_, a, b) => op.add(a, b),
  },
  { operation: 'AddV2', variant: 'broadcast row', shapes: [[2, 3], [3]], build: (_, a, b) => op.add(a, b) },
  {
    operation: 'AddV2',
    variant: 'unknown batch',
    shapes: [[null, 3], [3]],
    build: (_, a, b) => op.add(a, b),
  },
  {
    operation: 'Sub',
    variant: 'broadcast column',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (_, a, b) => op.subtract(a, b),
  },
  {
    operation: 'Sub',
    variant: 'broadcast first',
    shapes: [
      [1, 3],
      [2, 3],
    ],
    build: (_, a, b) => op.subtract(a, b),
  },
  {
    operation: 'Mul',
    variant: 'broadcast scalar',
    shapes: [[2, 3], []],
    build: (_, a, b) => op.multiply(a, b),
  },
  {
    operation: 'Mul',
    variant: 'broadcast both',
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    build: (_, a, b) => op.multiply(a, b),
  },
  { operation: 'Mul', variant: 'x · x', shapes: [[4]], build: (_, x) => op.multiply(x, x) },
  {
    operation: 'RealDiv',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    range: [0.5, 2],
    build: (_, a, b) => op.divide(a, b),
  },
  {
    operation: 'RealDiv',
    variant: 'broadcast',
    shapes: [[2, 3], [3]],
    range: [0.5, 2],
    build: (_, a, b) => op.divide(a, b),
  },
  { operation: 'Maximum', shapes: [[12], [12]], build: (_, a, b) => op.maximum(a, b) },
  {
    operation: 'Maximum',
    variant: 'broadcast scalar',
    shapes: [[12], []],
    build: (_, a, b) => op.maximum(a, b),
  },
  { operation: 'AddN', shapes: [[4], [4], [4]], build: (_, a, b, c) => op.addAll([a, b, op.square(c)]) },
  { operation: 'BiasAdd', shapes: [[2, 2, 2, 3], [3]], build: (_, x, bias) => op.biasAdd(x, bias) },
  {
    operation: 'BiasAdd',
    variant: 'unknown batch',
    shapes: [[null, 3], [3]],
    build: (_, x, bias) => op.biasAdd(x, bias),
  },

  { operation: 'Reshape', shapes: [[2, 6]], build: (_, x) => op.reshape(x, [3, 4]) },
  {
    operation: 'Reshape',
    variant: 'unknown batch',
    shapes: [[null, 1]],
    build: (_, x) => op.reshape(x, [null]),
  },
  { operation: 'Sum', shapes: [[2, 3]], build: (_, x) => op.sum(x) },
  { operation: 'Sum', variant: 'over the middle', shapes: [[2, 3, 2]], build: (_, x) => op.sum(x, [1]) },
  { operation: 'Sum', variant: 'kept dimension', shapes: [[2, 3]], build: (_, x) => op.sum(x, [0], true) },
  {
    operation: 'Mean',
    variant: 'over the image, unknown batch',
    shapes: [[null, 2, 3, 2]],
    build: (_, x) => op.mean(x, [1, 2]),
  },
  {
    operation: 'Mean',
    variant: 'kept dimensions',
    shapes: [[2, 2, 3, 2]],
    build: (_, x) => op.mean(x, [1, 2, 3], true),
  },
  {
    operation: 'ConcatV2',
    shapes: [
      [2, 2, 3],
      [2, 2, 1],
      [2, 2, 2],
    ],
    build: (_, a, b, c) => op.concat([a, b, c], -1),
  },
  {
    operation: 'ConcatV2',
    variant: 'first axis',
    shapes: [
      [1, 3],
      [2, 3],
    ],
    build: (_, a, b) => op.concat([a, b], 0),
  },
  {
    operation: 'ConcatV2',
    variant: 'unknown batch',
    shapes: [
      [null, 2],
      [null, 3],
    ],
    build: (_, a, b) => op.concat([a, b], 1),
  },
  {
    operation: 'Pad',
    shapes: [[2, 3, 2]],
    build: (_, x) =>
      op.pad(x, [
        [0, 0],
        [1, 2],
        [0, 1],
      ]),
  },
  {
    operation: 'Pad',
    variant: 'unknown batch',
    shapes: [[null, 3]],
    build: (_, x) =>
      op.pad(x, [
        [0, 0],
        [2, 1],
      ]),
  },
  {
    operation: 'MatMul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: (_, a, b) => op.matMul(a, b),
  },
  {
    operation: 'MatMul',
    variant: 'unknown batch',
    shapes: [
      [null, 3],
      [3, 1],
    ],
    build: (_, a, b) => op.matMul(a, b),
  },

  {
    operation: 'Conv2D',
    variant: 'same',
    shapes: [
      [2, 4, 5, 2],
      [3, 3, 2, 2],
    ],
    build: (_, x, k) => op.conv2d(x, k, 1, 'SAME'),
  },
  {
    operation: 'Conv2D',
    variant: 'valid, stride 2',
    shapes: [
      [1, 6, 5, 2],
      [3, 3, 2, 2],
    ],
    build: (_, x, k) => op.conv2d(x, k, 2, 'VALID'),
  },
  {
    operation: 'Conv2D',
    variant: 'same, stride 2',
    shapes: [
      [1, 6, 5, 1],
      [3, 3, 1, 2],
    ],
    build: (_, x, k) => op.conv2d(x, k, 2, 'SAME'),
  },
  {
    operation: 'Conv2D',
    variant: 'explicit padding, stride 2',
    shapes: [
      [1, 6, 5, 1],
      [3, 3, 1, 2],
    ],
    build: (_, x, k) => op.conv2d(x, k, 2, [0, 1, 1, 2]),
  },
  {
    operation: 'Conv2D',
    variant: '1×1, unknown batch',
    shapes: [
      [null, 2, 3, 3],
      [1, 1, 3, 2],
    ],
    build: (_, x, k) => op.conv2d(x, k, 1, 'SAME'),
  },
  {
    operation: 'DepthwiseConv2dNative',
    variant: 'same',
    shapes: [
      [2, 4, 5, 2],
      [3, 3, 2, 1],
    ],
    build: (_, x, k) => op.depthwiseConv2d(x, k, 1, 'SAME'),
  },
  {
    operation: 'DepthwiseConv2dNative',
    variant: 'valid, stride 2',
    shapes: [
      [1, 6, 5, 2],
      [3, 3, 2, 1],
    ],
    build: (_, x, k) => op.depthwiseConv2d(x, k, 2, 'VALID'),
  },
  {
    operation: 'DepthwiseConv2dNative',
    variant: 'same, stride 2',
    shapes: [
      [1, 6, 5, 2],
      [3, 3, 2, 1],
    ],
    build: (_, x, k) => op.depthwiseConv2d(x, k, 2, 'SAME'),
  },
  {
    operation: 'MaxPool',
    variant: 'valid',
    shapes: [[1, 5, 5, 2]],
    build: (_, x) => op.maxPool(x, 3, 2, 'VALID'),
  },
  {
    operation: 'MaxPool',
    variant: 'same',
    shapes: [[2, 4, 4, 1]],
    build: (_, x) => op.maxPool(x, 3, 2, 'SAME'),
  },
  {
    operation: 'AvgPool',
    variant: 'valid',
    shapes: [[2, 4, 4, 2]],
    build: (_, x) => op.averagePool(x, 2, 2, 'VALID'),
  },
  {
    operation: 'AvgPool',
    variant: 'same, unknown batch',
    shapes: [[null, 3, 4, 1]],
    build: (_, x) => op.averagePool(x, 3, 2, 'SAME'),
  },
  {
    operation: 'FusedBatchNormV3',
    variant: 'of the batch',
    shapes: [[2, 2, 3, 2], [2], [2]],
    build: (_, x, scale, offset) => op.batchNorm(x, scale, offset, null, 1e-3).y,
  },
  {
    operation: 'FusedBatchNormV3',
    variant: 'with given statistics',
    shapes: [[2, 2, 3, 2], [2], [2]],
    build: (graph, x, scale, offset) => {
      const statistics = { mean: op.constant(graph, [0.3, -0.2]), variance: op.constant(graph, [0.5, 1.5]) };
      return op.batchNorm(x, scale, offset, statistics, 1e-3).y;
    },
  },
];

/** `cast` adds no node where the type stays the same. */
const castAnyway = (x: Tensor): Tensor =>
  output(
    x.graph.add({
      operation: 'Cast',
      inputs: [x],
      attributes: { SrcT: { type: 'float32' }, DstT: { type: 'float32' }, Truncate: { bool: false } },
      outputs: [{ dtype: 'float32', shape: x.shape }],
    }),
    0,
  );

const nameOf = ({ operation, variant }: Case): string => (variant ? `${operation}, ${variant}` : operation);
const random = randomFrom(7, 'gradients');
const uniform = (count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * random() - 1);

/**
 * Numbers in a range in random order, no two (over all operands) closer than the range over twice their count, and none
 * that close to 0 or 6: no finite-difference step crosses a kink.
 */
function spacedNumbers(counts: readonly number[], [low, high]: readonly [number, number]): Float32Array[] {
  const all = counts.reduce((sum, n) => sum + n, 0);
  const room = (high - low) / all;
  const numbers = Array.from({ length: all }, (_, i) => {
    const number = low + room * (i + 0.5 + 0.4 * (random() - 0.5));
    const kink = [0, 6].find((at) => Math.abs(number - at) < room / 4);
    return kink === undefined ? number : kink + Math.sign(number - kink || 1) * (room / 4);
  });
  for (let i = all - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  return counts.map((count) => Float32Array.from(numbers.splice(0, count)));
}

/** Adds one case to the graph: operands, the result, and the gradients of Σ output·weights by each. */
function lay(graph: Graph, one: Case) {
  return graph.scope(nameOf(one).replaceAll(/[^\w]+/g, '_'), () => {
    const operands = one.shapes.map((shape, i) => op.placeholder(graph, `x${i}`, 'float32', shape));
    const result = one.build(graph, ...(operands as [Tensor, Tensor, Tensor]));
    const weights = op.placeholder(graph, 'weights', 'float32', result.shape);
    const slopes = gradients(op.sum(op.multiply(result, weights)), operands);
    return { operands, result, weights, slopes };
  });
}

describe.skipIf(!canRun)('the gradient rule of', () => {
  const graph = new Graph();
  const laid = new Map(cases.map((one) => [one, lay(graph, one)]));
  let calculator: Calculator;
  beforeAll(() => void (calculator = new Calculator(graph)));
  afterAll(() => calculator.close());

  test.each(cases.map((one) => [nameOf(one), one] as const))('%s agrees with differences', (_, one) => {
    const { operands, result, weights, slopes } = laid.get(one)!;
    const counts = one.shapes.map((shape) => sizeOf(shape.map((n) => n ?? 2)));
    const start = spacedNumbers(counts, one.range ?? [-1, 1]);
    const feeds = (values: readonly Float32Array[]) => operands.map((x, i) => [x, values[i]!] as const);
    const weighted = uniform(calculator.run(feeds(start), [result])[0]!.length);
    // In double precision: only the operation itself rounds to float32.
    const lossAt = (values: readonly Float32Array[]): number =>
      calculator.run(feeds(values), [result])[0]!.reduce((sum, y, i) => sum + y * weighted[i]!, 0);

    expect(slopes).not.toContain(null);
    const found = calculator.run([...feeds(start), [weights, weighted]], slopes as Tensor[]);
    // Small enough for cubic terms, large enough for float32's 6e-8, and less than the spacing of the numbers.
    const width = Math.min(0.01, 0.2 / counts.reduce((sum, n) => sum + n, 0));
    for (const [i, slope] of found.entries()) {
      expect(slope).toHaveLength(counts[i]!);
      const expected = start[i]!.map((_, at) => {
        const moved = (by: number) =>
          start.map((values, j) => (i === j ? values.with(at, values[at]! + by) : values));
        const [up, down] = [moved(width), moved(-width)];
        return (lossAt(up) - lossAt(down)) / (up[i]![at]! - down[i]![at]!);
      });
      const size = Math.max(...expected.map(Math.abs));
      const error = Math.max(...expected.map((value, at) => Math.abs(value - slope[at]!)));
      expect(size).toBeGreaterThan(1e-3);
      expect(error / size).toBeLessThan(2e-3);
    }
  });

  test('every operation that has one is in this table', () => {
    expect([...new Set(cases.map((one) => one.operation))].toSorted()).toEqual(Object.keys(rules).toSorted());
  });
});

describe('gradients', () => {
  const backward = (graph: Graph): string[] =>
    graph.nodes.filter(({ name }) => name.includes('gradients/')).map((node) => node.operation);
  /** Two convolutions with a ReLU between them. */
  function twoLayers() {
    const graph = new Graph();
    const x = op.placeholder(graph, 'x', 'float32', [1, 4, 4, 1]);
    const kernels = [1, 2].map((n) => op.placeholder(graph, `kernel${n}`, 'float32', [3, 3, 1, 1]));
    const [first, second] = kernels as [Tensor, Tensor];
    const loss = op.sum(op.conv2d(op.relu(op.conv2d(x, first, 1, 'SAME')), second, 1, 'SAME'));
    return { graph, x, first, second, loss };
  }

  test('name the operation that has no rule', () => {
    const graph = new Graph();
    const x = op.placeholder(graph, 'x', 'float32', [2]);
    const loss = op.sum(graph.scope('layer', () => op.cosine(x)));
    expect(() => gradients(loss, [x])).toThrow('no gradient rule for Cos (layer/Cos)');
  });

  test('name the output that has no rule', () => {
    const graph = new Graph();
    const x = op.placeholder(graph, 'x', 'float32', [1, 2, 2, 1]);
    const one = op.constant(graph, [1]);
    const loss = op.sum(op.batchNorm(x, one, one, null, 1e-3, 'norm').mean);
    expect(() => gradients(loss, [x])).toThrow('norm:1 has no gradient rule');
  });

  test('are null by what the loss does not depend on, with no node added for it', () => {
    const graph = new Graph();
    const [x, other] = ['x', 'other'].map((name) => op.placeholder(graph, name, 'float32', [2]));
    const loss = op.sum(op.square(x!));
    op.exponential(other!);
    const [slope, none] = gradients(loss, [x!, other!]);
    expect(none).toBeNull();
    expect(slope?.shape).toEqual([2]);
    expect(backward(graph)).not.toContain('Exp');
  });

  test('of a frozen layer cost no node', () => {
    const whole = twoLayers();
    gradients(whole.loss, [whole.first, whole.second]);
    const count = (nodes: string[], operation: string) => nodes.filter((o) => o === operation).length;
    const all = backward(whole.graph);
    expect(count(all, 'Conv2DBackpropFilter')).toBe(2);
    expect(count(all, 'Conv2DBackpropInput')).toBe(1);
    expect(count(all, 'ReluGrad')).toBe(1);

    const half = twoLayers();
    gradients(half.loss, [half.second]);
    const some = backward(half.graph);
    expect(count(some, 'Conv2DBackpropFilter')).toBe(1);
    expect(some).not.toContain('Conv2DBackpropInput');
    expect(some).not.toContain('ReluGrad');
    expect(some.length).toBeLessThan(all.length);
  });

  test.skipIf(!canRun)('are the same where maps are computed again instead of kept', () => {
    const [kernel, scale, offset, x] = [
      uniform(18),
      Float32Array.of(1.2, -0.7),
      Float32Array.of(0.3, 0.1),
      uniform(64),
    ];
    const gradientsWith = (which: 'relu' | 'recomputedRelu') => {
      const graph = new Graph();
      const input = op.placeholder(graph, 'x', 'float32', [2, 4, 4, 2]);
      const operands = [[3, 3, 2, 1], [2], [2]].map((shape, i) =>
        op.placeholder(graph, `w${i}`, 'float32', shape),
      );
      const [k, gamma, beta] = operands as [Tensor, Tensor, Tensor];
      const pass = new Pass(new Parameters(graph), { batchNorm: 'batch', trains: () => true });
      const norm = op.batchNorm(input, gamma, beta, null, 1e-3, 'norm').y;
      const y = op.conv2d(pass[which]('relu', norm), k, 1, 'SAME');
      const slopes = gradients(op.sum(op.square(y)), [input, ...operands]) as Tensor[];
      const again = graph.nodes.filter(({ operation }) => operation === 'FusedBatchNormV3').length;
      const calculator = new Calculator(graph);
      const feeds = [input, ...operands].map((t, i) => [t, [x, kernel, scale, offset][i]!] as const);
      const values = calculator.run(feeds, slopes);
      calculator.close();
      return { values, again };
    };
    const [kept, remade] = [gradientsWith('relu'), gradientsWith('recomputedRelu')];
    expect([kept.again, remade.again]).toEqual([1, 2]);
    for (const [i, slope] of kept.values.entries()) {
      const size = Math.max(...slope.map(Math.abs));
      expect(size).toBeGreaterThan(0.01);
      expect(Math.max(...slope.map((v, at) => Math.abs(v - remade.values[i]![at]!)))).toBeLessThan(
        1e-4 * size,
      );
    }
  });
});
