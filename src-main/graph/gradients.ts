import {
  allAxes,
  addAll,
  broadcastLike,
  cast,
  constant,
  divide,
  less,
  matMul,
  multiply,
  negate,
  reshape,
  reshapeLike,
  select,
  shapeOf,
  sign,
  slice,
  sum,
  add,
} from './operations.ts';
import { dimension, input, output, single } from './graph.ts';
import type { Attribute, Node, Shape, Tensor } from './graph.ts';

/**
 * Reverse-mode differentiation: one rule per operation. A rule gets the node and the gradient of the loss with respect to its first
 * output, and asks `wanted(i)` which inputs need one; it returns one gradient per input, or null.
 */
type Rule = (
  node: Node,
  dy: Tensor,
  wanted: (i: number) => boolean,
  /** The tensor itself, or its recomputation. */
  kept: (tensor: Tensor) => Tensor,
) => (Tensor | null)[];

/**
 * Gradients of a scalar with respect to each of `targets`, null if it does not depend on one. Only the part of the graph between
 * the targets and the loss gets a backward pass, so frozen layers cost nothing.
 * @throws Error naming an operation in between that has no rule.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): (Tensor | null)[] {
  const { graph } = loss;
  const forward = graph.nodes.slice(0, graph.nodes.indexOf(loss.node) + 1);
  const dependent = new Set<Node>(targets.map((t) => t.node));
  for (const node of forward) if (node.inputs.some((t) => dependent.has(t.node))) dependent.add(node);

  const collected = new Map<Node, Tensor[]>([[loss.node, [constant(graph, 1)]]]);
  const found = new Map<Node, Tensor>();
  const remade = new Map<Node, Tensor>();
  const keep = (tensor: Tensor, after: Node): Tensor => {
    const remake = graph.recomputers.get(tensor.node);
    if (remake === undefined) return tensor;
    const again = remade.get(tensor.node) ?? remake(after);
    remade.set(tensor.node, again);
    return again;
  };
  return graph.scope('gradients', () => {
    for (const node of forward.reverse()) {
      const parts = collected.get(node);
      if (parts === undefined || !dependent.has(node)) continue;
      const dy = addAll(parts);
      found.set(node, dy);
      collected.delete(node);
      if (targets.some((t) => t.node === node)) continue;
      const rule = rules[node.operation];
      if (rule === undefined) throw new Error(`no gradient rule for ${node.operation} (${node.name})`);
      const wanted = (i: number): boolean => dependent.has(input(node, i).node);
      const kept = (tensor: Tensor): Tensor => keep(tensor, dy.node);
      for (const [i, dx] of graph.scope(node.name, () => rule(node, dy, wanted, kept)).entries()) {
        if (dx === null || !wanted(i)) continue;
        const source = input(node, i);
        if (source.output !== 0) throw new Error(`${source.node.name}:${source.output} has no gradient rule`);
        collected.set(source.node, [...(collected.get(source.node) ?? []), dx]);
      }
    }
    return targets.map((t) => found.get(t.node) ?? null);
  });
}

/** Sums a broadcast gradient back to the shape of the operand. */
function unbroadcast(dy: Tensor, to: Tensor): Tensor {
  const extra = dy.shape.length - to.shape.length;
  const axes = allAxes(dy).filter(
    (axis) => axis < extra || (to.shape[axis - extra] === 1 && dy.shape[axis] !== 1),
  );
  if (axes.length === 0) return dy;
  const summed = sum(dy, axes);
  return summed.shape.length === to.shape.length ? summed : reshapeLike(summed, to);
}

const elementwise =
  (derivative: (node: Node, dy: Tensor) => Tensor): Rule =>
  (node, dy) => [derivative(node, dy)];

/** An operation that takes some of its attributes, and its type, from the one it differentiates. */
function derived(
  operation: string,
  inputs: readonly Tensor[],
  node: Node,
  names: readonly string[],
  shape: Shape,
  controls: readonly Node[] = [],
): Tensor {
  const attributes: Record<string, Attribute> = {};
  for (const name of names) {
    const value = node.attributes[name];
    if (value !== undefined) attributes[name] = value;
  }
  const outputs = [{ dtype: output(node, 0).dtype, shape }];
  return single(output(node, 0).graph.add({ operation, inputs, controls, attributes, outputs }));
}

const activation =
  (operation: 'ReluGrad' | 'Relu6Grad'): Rule =>
  (node, dy, _, kept) => [derived(operation, [dy, kept(output(node, 0))], node, ['T'], dy.shape)];

const convolutionAttributes = [
  'T',
  'strides',
  'use_cudnn_on_gpu',
  'padding',
  'explicit_paddings',
  'data_format',
  'dilations',
];

const convolution =
  (byInput: string, byFilter: string): Rule =>
  (node, dy, wanted, kept) => {
    const [x, kernel] = [input(node, 0), input(node, 1)];
    const byKernel = wanted(1)
      ? derived(byFilter, [kept(x), shapeOf(kernel), dy], node, convolutionAttributes, kernel.shape)
      : null;
    // The kernel's gradient first: then x and dy can be freed before the layers below compute their own.
    const first = byKernel === null ? [] : [byKernel.node];
    return [
      wanted(0)
        ? derived(byInput, [shapeOf(x), kernel, dy], node, convolutionAttributes, x.shape, first)
        : null,
      byKernel,
    ];
  };

/** An operand that is a constant of the graph, such as axes or paddings. */
function integersOf(node: Node, operand: number, what: string): Int32Array {
  const value = input(node, operand).node.attributes['value'];
  if (value === undefined || !('tensor' in value) || value.tensor.dtype !== 'int32')
    throw new Error(`the ${what} of ${node.name} must be a constant`);
  return value.tensor.data;
}

const reductionAxes = (node: Node): number[] => [...integersOf(node, 1, 'axes')];

/** The gradient of a sum over axes: dy repeated along them. */
function spread(node: Node, dy: Tensor): Tensor {
  const x = input(node, 0);
  const axes = reductionAxes(node);
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return broadcastLike(dy.shape.length === x.shape.length ? dy : reshape(dy, kept), x);
}

export const rules: Readonly<Record<string, Rule>> = {
  Identity: elementwise((_, dy) => dy),
  Neg: elementwise((_, dy) => negate(dy)),
  Abs: elementwise((node, dy) => multiply(dy, sign(input(node, 0)))),
  Exp: elementwise((node, dy) => multiply(dy, output(node, 0))),
  Log1p: elementwise((node, dy) => divide(dy, add(constant(dy.graph, 1), input(node, 0)))),
  Square: elementwise((node, dy) => multiply(dy, multiply(constant(dy.graph, 2), input(node, 0)))),
  Rsqrt: elementwise((node, dy) => derived('RsqrtGrad', [output(node, 0), dy], node, ['T'], dy.shape)),
  Sigmoid: elementwise((node, dy) => derived('SigmoidGrad', [output(node, 0), dy], node, ['T'], dy.shape)),
  Relu: activation('ReluGrad'),
  Relu6: activation('Relu6Grad'),
  Cast: elementwise((node, dy) => cast(dy, input(node, 0).dtype)),

  AddV2: (node, dy) => [unbroadcast(dy, input(node, 0)), unbroadcast(dy, input(node, 1))],
  Sub: (node, dy, wanted) => [
    wanted(0) ? unbroadcast(dy, input(node, 0)) : null,
    wanted(1) ? unbroadcast(negate(dy), input(node, 1)) : null,
  ],
  Mul: (node, dy, wanted) => [
    wanted(0) ? unbroadcast(multiply(dy, input(node, 1)), input(node, 0)) : null,
    wanted(1) ? unbroadcast(multiply(dy, input(node, 0)), input(node, 1)) : null,
  ],
  RealDiv: (node, dy, wanted) => [
    wanted(0) ? unbroadcast(divide(dy, input(node, 1)), input(node, 0)) : null,
    wanted(1)
      ? unbroadcast(negate(divide(multiply(dy, output(node, 0)), input(node, 1))), input(node, 1))
      : null,
  ],
  // At a tie the whole gradient goes to the second operand.
  Maximum: (node, dy) => {
    const first = less(input(node, 1), input(node, 0));
    const zero = constant(dy.graph, 0);
    return [
      unbroadcast(select(first, dy, zero), input(node, 0)),
      unbroadcast(select(first, zero, dy), input(node, 1)),
    ];
  },
  AddN: (node, dy) => node.inputs.map(() => dy),
  BiasAdd: (node, dy, wanted) => [
    dy,
    wanted(1) ? derived('BiasAddGrad', [dy], node, ['T', 'data_format'], input(node, 1).shape) : null,
  ],

  Reshape: (node, dy) => [reshapeLike(dy, input(node, 0)), null],
  Sum: (node, dy) => [spread(node, dy), null],
  Mean: (node, dy) => {
    const count = reductionAxes(node).reduce((n, axis) => n * dimension(input(node, 0), axis), 1);
    return [spread(node, multiply(dy, constant(dy.graph, 1 / count))), null];
  },
  ConcatV2: (node, dy, wanted) => {
    const axis = integersOf(node, node.inputs.length - 1, 'axis')[0] as number;
    let from = 0;
    return node.inputs.slice(0, -1).map((part, i) => {
      const begin = dy.shape.map((_, a) => (a === axis ? from : 0));
      const size = dy.shape.map((_, a) => (a === axis ? dimension(part, axis) : -1));
      from += dimension(part, axis);
      return wanted(i) ? slice(dy, begin, size) : null;
    });
  },
  Pad: (node, dy) => {
    const data = integersOf(node, 1, 'paddings');
    const x = input(node, 0);
    return [
      slice(
        dy,
        x.shape.map((_, axis) => data[2 * axis] as number),
        x.shape.map((n) => n ?? -1),
      ),
      null,
    ];
  },
  MatMul: (node, dy, wanted) => {
    const [a, b] = [input(node, 0), input(node, 1)];
    const flags = ['transpose_a', 'transpose_b'].map((name) => node.attributes[name]);
    if (flags.some((flag) => flag !== undefined && 'bool' in flag && flag.bool))
      throw new Error(`no gradient rule for MatMul with a transposed operand (${node.name})`);
    return [wanted(0) ? matMul(dy, b, false, true) : null, wanted(1) ? matMul(a, dy, true, false) : null];
  },

  Conv2D: convolution('Conv2DBackpropInput', 'Conv2DBackpropFilter'),
  DepthwiseConv2dNative: convolution(
    'DepthwiseConv2dNativeBackpropInput',
    'DepthwiseConv2dNativeBackpropFilter',
  ),
  MaxPool: (node, dy) => {
    const x = input(node, 0);
    const names = ['T', 'ksize', 'strides', 'padding', 'explicit_paddings', 'data_format'];
    return [derived('MaxPoolGrad', [x, output(node, 0), dy], node, names, x.shape)];
  },
  AvgPool: (node, dy) => {
    const x = input(node, 0);
    return [
      derived(
        'AvgPoolGrad',
        [shapeOf(x), dy],
        node,
        ['T', 'ksize', 'strides', 'padding', 'data_format'],
        x.shape,
      ),
    ];
  },
  FusedBatchNormV3: (node, dy, wanted) => {
    const [x, scale] = [input(node, 0), input(node, 1)];
    const mode = node.attributes['is_training'];
    const batch = mode !== undefined && 'bool' in mode && mode.bool;
    const reserved = batch
      ? [output(node, 3), output(node, 4), output(node, 5)]
      : [input(node, 3), input(node, 4), output(node, 5)];
    const attributes: Record<string, Attribute> = {};
    for (const name of ['T', 'U', 'epsilon', 'data_format', 'is_training'])
      attributes[name] = node.attributes[name] as Attribute;
    const back = dy.graph.add({
      operation: 'FusedBatchNormGradV3',
      inputs: [dy, x, scale, ...reserved],
      attributes,
      outputs: [
        { dtype: x.dtype, shape: x.shape },
        ...Array.from({ length: 2 }, () => ({ dtype: 'float32' as const, shape: scale.shape })),
        ...Array.from({ length: 2 }, () => ({ dtype: 'float32' as const, shape: [null] })),
      ],
    });
    return [0, 1, 2].map((i) => (wanted(i) ? output(back, i) : null));
  },
};
