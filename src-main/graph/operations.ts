import { dimension, output, single, sizeOf } from './graph.ts';
import type { Attribute, DType, Graph, Node, Shape, Tensor } from './graph.ts';

/**
 * The TensorFlow operations that Falx needs, with the shapes of their outputs. Images are NHWC: [batch, height, width, channels];
 * kernels are [height, width, in, out].
 */

// Values ------------------------------------------------------------------------------------------------

export function placeholder(graph: Graph, name: string, dtype: DType, shape: Shape): Tensor {
  return single(
    graph.add({
      operation: 'Placeholder',
      name,
      attributes: { dtype: { type: dtype }, shape: { shape } },
      outputs: [{ dtype, shape }],
    }),
  );
}

/** float32 constant; a number is a scalar. */
export function constant(
  graph: Graph,
  value: number | readonly number[] | Float32Array,
  shape?: readonly number[],
  name = 'Const',
): Tensor {
  const data = typeof value === 'number' ? Float32Array.of(value) : Float32Array.from(value);
  const dims = shape ?? (typeof value === 'number' ? [] : [data.length]);
  if (sizeOf(dims) !== data.length)
    throw new Error(`constant ${name}: ${data.length} numbers for [${dims.join()}]`);
  return single(
    graph.add({
      operation: 'Const',
      name,
      attributes: { dtype: { type: 'float32' }, value: { tensor: { dtype: 'float32', shape: dims, data } } },
      outputs: [{ dtype: 'float32', shape: dims }],
    }),
  );
}

/** int32 constant; a number is a scalar. */
export function integers(graph: Graph, value: number | readonly number[], shape?: readonly number[]): Tensor {
  const data = typeof value === 'number' ? Int32Array.of(value) : Int32Array.from(value);
  const dims = shape ?? (typeof value === 'number' ? [] : [data.length]);
  return single(
    graph.add({
      operation: 'Const',
      attributes: { dtype: { type: 'int32' }, value: { tensor: { dtype: 'int32', shape: dims, data } } },
      outputs: [{ dtype: 'int32', shape: dims }],
    }),
  );
}

/** string constant [n]. */
export function strings(graph: Graph, data: readonly string[]): Tensor {
  const shape = [data.length];
  return single(
    graph.add({
      operation: 'Const',
      attributes: { dtype: { type: 'string' }, value: { tensor: { dtype: 'string', shape, data } } },
      outputs: [{ dtype: 'string', shape }],
    }),
  );
}

/** The shape of a tensor as int32 [rank]: a constant if it is known. */
export function shapeOf(x: Tensor): Tensor {
  const { shape } = x;
  if (shape.every((n) => n !== null)) return integers(x.graph, shape);
  return single(
    x.graph.add({
      operation: 'Shape',
      inputs: [x],
      attributes: { T: { type: x.dtype }, out_type: { type: 'int32' } },
      outputs: [{ dtype: 'int32', shape: [shape.length] }],
    }),
  );
}

// Element by element ------------------------------------------------------------------------------------

function unary(operation: string, x: Tensor, name?: string): Tensor {
  return single(
    x.graph.add({
      operation,
      inputs: [x],
      attributes: { T: { type: x.dtype } },
      outputs: [{ dtype: x.dtype, shape: x.shape }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

function binary(operation: string, a: Tensor, b: Tensor, name?: string, dtype: DType = a.dtype): Tensor {
  return single(
    a.graph.add({
      operation,
      inputs: [a, b],
      attributes: { T: { type: a.dtype } },
      outputs: [{ dtype, shape: broadcastShape(a.shape, b.shape) }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

/** The shape of two tensors after broadcasting, by NumPy's rule. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = i < rank - a.length ? 1 : (a[i - rank + a.length] as number | null);
    const n = i < rank - b.length ? 1 : (b[i - rank + b.length] as number | null);
    if (m === n || n === 1) return m;
    if (m === 1) return n;
    if (m === null || n === null) return m ?? n;
    throw new Error(`[${a.join()}] and [${b.join()}] can't be broadcast`);
  });
}

export const add = (a: Tensor, b: Tensor, name?: string): Tensor => binary('AddV2', a, b, name);
export const subtract = (a: Tensor, b: Tensor): Tensor => binary('Sub', a, b);
export const multiply = (a: Tensor, b: Tensor, name?: string): Tensor => binary('Mul', a, b, name);
export const divide = (a: Tensor, b: Tensor): Tensor => binary('RealDiv', a, b);
export const maximum = (a: Tensor, b: Tensor): Tensor => binary('Maximum', a, b);
export const minimum = (a: Tensor, b: Tensor): Tensor => binary('Minimum', a, b);
export const less = (a: Tensor, b: Tensor): Tensor => binary('Less', a, b, undefined, 'bool');
export function equal(a: Tensor, b: Tensor): Tensor {
  return single(
    a.graph.add({
      operation: 'Equal',
      inputs: [a, b],
      attributes: { T: { type: a.dtype }, incompatible_shape_error: { bool: true } },
      outputs: [{ dtype: 'bool', shape: broadcastShape(a.shape, b.shape) }],
    }),
  );
}
const logical = (operation: string, inputs: readonly [Tensor, ...Tensor[]]): Tensor =>
  single(inputs[0].graph.add({ operation, inputs, outputs: [{ dtype: 'bool', shape: inputs[0].shape }] }));
export const not = (x: Tensor): Tensor => logical('LogicalNot', [x]);
export const or = (a: Tensor, b: Tensor): Tensor => logical('LogicalOr', [a, b]);
export const and = (a: Tensor, b: Tensor): Tensor => logical('LogicalAnd', [a, b]);
export const negate = (x: Tensor): Tensor => unary('Neg', x);
export const floor = (x: Tensor): Tensor => unary('Floor', x);
/** To the nearest integer, ties to even. */
export const roundToEven = (x: Tensor): Tensor => unary('Rint', x);
export const absolute = (x: Tensor): Tensor => unary('Abs', x);
export const sign = (x: Tensor): Tensor => unary('Sign', x);
export const exponential = (x: Tensor): Tensor => unary('Exp', x);
export const log1p = (x: Tensor): Tensor => unary('Log1p', x);
export const sine = (x: Tensor): Tensor => unary('Sin', x);
export const cosine = (x: Tensor): Tensor => unary('Cos', x);
export const rsqrt = (x: Tensor): Tensor => unary('Rsqrt', x);
export const square = (x: Tensor): Tensor => unary('Square', x);
export const identity = (x: Tensor, name?: string): Tensor => unary('Identity', x, name);
export const sigmoid = (x: Tensor, name?: string): Tensor => unary('Sigmoid', x, name);
export const relu = (x: Tensor, name?: string): Tensor => unary('Relu', x, name);
export const tanh = (x: Tensor, name?: string): Tensor => unary('Tanh', x, name);
export const relu6 = (x: Tensor, name?: string): Tensor => unary('Relu6', x, name);

export function addAll(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new Error('nothing to add');
  if (tensors.length === 1) return first;
  return single(
    first.graph.add({
      operation: 'AddN',
      inputs: tensors,
      attributes: { T: { type: first.dtype }, N: { int: tensors.length } },
      outputs: [{ dtype: first.dtype, shape: first.shape }],
    }),
  );
}

export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  return single(
    x.graph.add({
      operation: 'Cast',
      inputs: [x],
      attributes: { SrcT: { type: x.dtype }, DstT: { type: dtype }, Truncate: { bool: false } },
      outputs: [{ dtype, shape: x.shape }],
    }),
  );
}

/** `whenTrue` where condition, otherwise `whenFalse`; broadcast. */
export function select(condition: Tensor, whenTrue: Tensor, whenFalse: Tensor): Tensor {
  return single(
    condition.graph.add({
      operation: 'SelectV2',
      inputs: [condition, whenTrue, whenFalse],
      attributes: { T: { type: whenTrue.dtype } },
      outputs: [
        {
          dtype: whenTrue.dtype,
          shape: broadcastShape(condition.shape, broadcastShape(whenTrue.shape, whenFalse.shape)),
        },
      ],
    }),
  );
}

// Shape and sum -----------------------------------------------------------------------------------------

export function reshape(x: Tensor, shape: Shape): Tensor {
  return single(
    x.graph.add({
      operation: 'Reshape',
      inputs: [
        x,
        integers(
          x.graph,
          shape.map((n) => n ?? -1),
        ),
      ],
      attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape }],
    }),
  );
}

/** Reshape to the shape that `like` has when the graph runs. */
export function reshapeLike(x: Tensor, like: Tensor): Tensor {
  return single(
    x.graph.add({
      operation: 'Reshape',
      inputs: [x, shapeOf(like)],
      attributes: { T: { type: x.dtype }, Tshape: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape: like.shape }],
    }),
  );
}

/** With a dimension of size 1 before that axis. */
export function expandDims(x: Tensor, axis: number): Tensor {
  return single(
    x.graph.add({
      operation: 'ExpandDims',
      inputs: [x, integers(x.graph, axis)],
      attributes: { T: { type: x.dtype }, Tdim: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)] }],
    }),
  );
}

/** Repeat `x` along its dimensions of size 1 until it has the shape of `like`. */
export function broadcastLike(x: Tensor, like: Tensor): Tensor {
  return single(
    x.graph.add({
      operation: 'BroadcastTo',
      inputs: [x, shapeOf(like)],
      attributes: { T: { type: x.dtype }, Tidx: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape: like.shape }],
    }),
  );
}

function reduce(
  operation: 'Sum' | 'Mean' | 'Min' | 'Max',
  x: Tensor,
  axes: readonly number[],
  keep: boolean,
  name?: string,
): Tensor {
  const shape = x.shape.flatMap((n, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [n]));
  return single(
    x.graph.add({
      operation,
      inputs: [x, integers(x.graph, axes)],
      attributes: { T: { type: x.dtype }, Tidx: { type: 'int32' }, keep_dims: { bool: keep } },
      outputs: [{ dtype: x.dtype, shape }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

export const allAxes = (x: Tensor): number[] => x.shape.map((_, axis) => axis);
export const sum = (x: Tensor, axes: readonly number[] = allAxes(x), keep = false): Tensor =>
  reduce('Sum', x, axes, keep);
export const mean = (x: Tensor, axes: readonly number[] = allAxes(x), keep = false, name?: string): Tensor =>
  reduce('Mean', x, axes, keep, name);

export const least = (x: Tensor): Tensor => reduce('Min', x, allAxes(x), false);
export const most = (x: Tensor): Tensor => reduce('Max', x, allAxes(x), false);

export function concat(tensors: readonly Tensor[], axis: number, name?: string): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new Error('nothing to concatenate');
  const at = axis < 0 ? axis + first.shape.length : axis;
  const sizes = tensors.map((t) => t.shape[at] as number | null);
  const size = sizes.reduce<number | null>((n, m) => (n === null || m === null ? null : n + m), 0);
  return single(
    first.graph.add({
      operation: 'ConcatV2',
      inputs: [...tensors, integers(first.graph, at)],
      attributes: { T: { type: first.dtype }, N: { int: tensors.length }, Tidx: { type: 'int32' } },
      outputs: [{ dtype: first.dtype, shape: first.shape.map((n, i) => (i === at ? size : n)) }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

/** The part of `x` that starts at `begin` and has `size`; -1 is everything that is left. */
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  return single(
    x.graph.add({
      operation: 'Slice',
      inputs: [x, integers(x.graph, begin), integers(x.graph, size)],
      attributes: { T: { type: x.dtype }, Index: { type: 'int32' } },
      outputs: [
        {
          dtype: x.dtype,
          shape: size.map((n, i) => {
            const whole = x.shape[i] as number | null;
            return n >= 0 ? n : whole === null ? null : whole - (begin[i] as number);
          }),
        },
      ],
    }),
  );
}

/** Zero padding, [before, after] for each dimension. */
export function pad(x: Tensor, paddings: readonly (readonly [number, number])[], name?: string): Tensor {
  return single(
    x.graph.add({
      operation: 'Pad',
      inputs: [x, integers(x.graph, paddings.flat(), [paddings.length, 2])],
      attributes: { T: { type: x.dtype }, Tpaddings: { type: 'int32' } },
      outputs: [
        {
          dtype: x.dtype,
          shape: x.shape.map((n, i) =>
            n === null ? null : n + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0),
          ),
        },
      ],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

/** Zeros before and after the first dimensions, as many as the int32 [dimensions] values at run time. */
export function padBy(x: Tensor, before: Tensor, after: Tensor): Tensor {
  const { graph } = x;
  const given = before.shape[0] as number;
  const both = concat(
    [before, after].map((counts) => reshape(counts, [given, 1])),
    1,
  );
  const none = x.shape.length - given;
  const paddings =
    none === 0 ? both : concat([both, integers(graph, Array<number>(2 * none).fill(0), [none, 2])], 0);
  return single(
    graph.add({
      operation: 'Pad',
      inputs: [x, paddings],
      attributes: { T: { type: x.dtype }, Tpaddings: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape: x.shape.map((n, i) => (i < given ? null : n)) }],
    }),
  );
}

/** The channels of an image in reverse order. */
export function reverseLast(x: Tensor): Tensor {
  return single(
    x.graph.add({
      operation: 'ReverseV2',
      inputs: [x, integers(x.graph, [x.shape.length - 1])],
      attributes: { T: { type: x.dtype }, Tidx: { type: 'int32' } },
      outputs: [{ dtype: x.dtype, shape: x.shape }],
    }),
  );
}

/** `x` along `axis` at `indices`, of any shape. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return single(
    x.graph.add({
      operation: 'GatherV2',
      inputs: [x, indices, integers(x.graph, axis)],
      attributes: {
        Tparams: { type: x.dtype },
        Tindices: { type: indices.dtype },
        Taxis: { type: 'int32' },
        batch_dims: { int: 0 },
      },
      outputs: [
        { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] },
      ],
    }),
  );
}

/** Sums of the first one, two, … along an axis. */
export function cumulativeSum(x: Tensor, axis: number): Tensor {
  return single(
    x.graph.add({
      operation: 'Cumsum',
      inputs: [x, integers(x.graph, axis)],
      attributes: {
        T: { type: x.dtype },
        Tidx: { type: 'int32' },
        exclusive: { bool: false },
        reverse: { bool: false },
      },
      outputs: [{ dtype: x.dtype, shape: x.shape }],
    }),
  );
}

/** 0, 1, … below `end`, as int32. */
export function countUpTo(end: Tensor): Tensor {
  const { graph } = end;
  return single(
    graph.add({
      operation: 'Range',
      inputs: [integers(graph, 0), end, integers(graph, 1)],
      attributes: { Tidx: { type: 'int32' } },
      outputs: [{ dtype: 'int32', shape: [null] }],
    }),
  );
}

// Layers ------------------------------------------------------------------------------------------------

/** `SAME` and `VALID` as in TensorFlow; four numbers are zero rows and columns: top, bottom, left, right. */
export type Padding = 'SAME' | 'VALID' | readonly [number, number, number, number];

export function paddingAttributes(padding: Padding): Record<string, Attribute> {
  return typeof padding === 'string'
    ? { padding: { text: padding }, explicit_paddings: { ints: [] } }
    : { padding: { text: 'EXPLICIT' }, explicit_paddings: { ints: [0, 0, ...padding, 0, 0] } };
}

function slide(
  size: number | null,
  window: number,
  stride: number,
  padding: Padding,
  before: 0 | 2,
): number | null {
  if (size === null) return null;
  if (padding === 'SAME') return Math.ceil(size / stride);
  const padded = padding === 'VALID' ? size : size + padding[before] + padding[(before + 1) as 1 | 3];
  return Math.floor((padded - window) / stride) + 1;
}

const windowed = (x: Tensor, window: readonly [number, number], stride: number, padding: Padding): Shape => [
  x.shape[0] as number | null,
  slide(x.shape[1] as number | null, window[0], stride, padding, 0),
  slide(x.shape[2] as number | null, window[1], stride, padding, 2),
];

/** Convolution of x [n, h, w, in] with kernel [kh, kw, in, out] → [n, h', w', out]. */
export function conv2d(x: Tensor, kernel: Tensor, stride: number, padding: Padding, name?: string): Tensor {
  const window = windowed(x, [dimension(kernel, 0), dimension(kernel, 1)], stride, padding);
  return single(
    x.graph.add({
      operation: 'Conv2D',
      inputs: [x, kernel],
      attributes: {
        T: { type: x.dtype },
        strides: { ints: [1, stride, stride, 1] },
        use_cudnn_on_gpu: { bool: true },
        data_format: { text: 'NHWC' },
        dilations: { ints: [1, 1, 1, 1] },
        ...paddingAttributes(padding),
      },
      outputs: [{ dtype: x.dtype, shape: [...window, dimension(kernel, 3)] }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

/** Depthwise convolution of x [n, h, w, c] with kernel [kh, kw, c, 1] → [n, h', w', c]. */
export function depthwiseConv2d(
  x: Tensor,
  kernel: Tensor,
  stride: number,
  padding: Padding,
  name?: string,
): Tensor {
  const window = windowed(x, [dimension(kernel, 0), dimension(kernel, 1)], stride, padding);
  return single(
    x.graph.add({
      operation: 'DepthwiseConv2dNative',
      inputs: [x, kernel],
      attributes: {
        T: { type: x.dtype },
        strides: { ints: [1, stride, stride, 1] },
        data_format: { text: 'NHWC' },
        dilations: { ints: [1, 1, 1, 1] },
        ...paddingAttributes(padding),
      },
      outputs: [{ dtype: x.dtype, shape: [...window, dimension(kernel, 2) * dimension(kernel, 3)] }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

function pool(
  operation: 'MaxPool' | 'AvgPool',
  x: Tensor,
  window: number,
  stride: number,
  padding: 'SAME' | 'VALID',
  name?: string,
): Tensor {
  return single(
    x.graph.add({
      operation,
      inputs: [x],
      attributes: {
        T: { type: x.dtype },
        ksize: { ints: [1, window, window, 1] },
        strides: { ints: [1, stride, stride, 1] },
        padding: { text: padding },
        data_format: { text: 'NHWC' },
        ...(operation === 'MaxPool' ? { explicit_paddings: { ints: [] } } : {}),
      },
      outputs: [
        { dtype: x.dtype, shape: [...windowed(x, [window, window], stride, padding), x.shape[3] as number] },
      ],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

export const maxPool = (
  x: Tensor,
  window: number,
  stride: number,
  padding: 'SAME' | 'VALID',
  name?: string,
): Tensor => pool('MaxPool', x, window, stride, padding, name);
export const averagePool = (
  x: Tensor,
  window: number,
  stride: number,
  padding: 'SAME' | 'VALID',
  name?: string,
): Tensor => pool('AvgPool', x, window, stride, padding, name);

export interface Normalised {
  /** (x − mean) / √(variance + ε) · scale + offset, [n, h, w, c]. */
  y: Tensor;
  /** Of this batch (batch mode) or as given (inference mode), [c]. */
  mean: Tensor;
  /** With Bessel's correction in batch mode, [c]. */
  variance: Tensor;
}

/**
 * Batch normalisation over all but the channels. Ioffe and Szegedy, 2015, arXiv:1502.03167.
 * @param statistics mean and variance [c] to use (inference mode); null takes the batch's own.
 */
export function batchNorm(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  statistics: { mean: Tensor; variance: Tensor } | null,
  epsilon: number,
  name?: string,
  controls: readonly Node[] = [],
): Normalised {
  const channels = dimension(x, 3);
  const empty = statistics === null ? constant(x.graph, [], [0]) : null;
  const node = x.graph.add({
    operation: 'FusedBatchNormV3',
    controls,
    inputs: [
      x,
      scale,
      offset,
      statistics?.mean ?? (empty as Tensor),
      statistics?.variance ?? (empty as Tensor),
    ],
    attributes: {
      T: { type: x.dtype },
      U: { type: 'float32' },
      epsilon: { float: epsilon },
      exponential_avg_factor: { float: 1 },
      data_format: { text: 'NHWC' },
      is_training: { bool: statistics === null },
    },
    outputs: [
      { dtype: x.dtype, shape: x.shape },
      ...Array.from({ length: 4 }, () => ({ dtype: 'float32' as const, shape: [channels] })),
      { dtype: 'float32', shape: [null] },
    ],
    ...(name === undefined ? {} : { name }),
  });
  return { y: output(node, 0), mean: output(node, 1), variance: output(node, 2) };
}

export function biasAdd(x: Tensor, bias: Tensor, name?: string): Tensor {
  return single(
    x.graph.add({
      operation: 'BiasAdd',
      inputs: [x, bias],
      attributes: { T: { type: x.dtype }, data_format: { text: 'NHWC' } },
      outputs: [{ dtype: x.dtype, shape: x.shape }],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

/** a [m, k] · b [k, n] → [m, n], either transposed first. */
export function matMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false, name?: string): Tensor {
  return single(
    a.graph.add({
      operation: 'MatMul',
      inputs: [a, b],
      attributes: {
        T: { type: a.dtype },
        transpose_a: { bool: transposeA },
        transpose_b: { bool: transposeB },
      },
      outputs: [
        {
          dtype: a.dtype,
          shape: [a.shape[transposeA ? 1 : 0] as number | null, b.shape[transposeB ? 0 : 1] as number | null],
        },
      ],
      ...(name === undefined ? {} : { name }),
    }),
  );
}

// Random numbers and images -----------------------------------------------------------------------------

/** Uniform numbers in [0, 1) that depend only on `seed`, int32 [2]. */
export function statelessUniform(seed: Tensor, shape: Tensor, staticShape: Shape): Tensor {
  return single(
    seed.graph.add({
      operation: 'StatelessRandomUniform',
      inputs: [shape, seed],
      attributes: { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } },
      outputs: [{ dtype: 'float32', shape: staticShape }],
    }),
  );
}

/**
 * Each image transformed by its own projective map, bilinear, the nearest edge repeated outside.
 * @param transforms float32 [n, 8], output pixel → input pixel.
 */
export function projectiveTransform(images: Tensor, transforms: Tensor): Tensor {
  const [, height, width] = images.shape;
  const size = integers(images.graph, [height as number, width as number]);
  return single(
    images.graph.add({
      operation: 'ImageProjectiveTransformV3',
      inputs: [images, transforms, size, constant(images.graph, 0)],
      attributes: {
        dtype: { type: images.dtype },
        interpolation: { text: 'BILINEAR' },
        fill_mode: { text: 'NEAREST' },
      },
      outputs: [{ dtype: images.dtype, shape: images.shape }],
    }),
  );
}

// Order -------------------------------------------------------------------------------------------------

/** A node that only waits for others. */
export const group = (graph: Graph, controls: readonly Node[], name: string): Node =>
  graph.add({ operation: 'NoOp', controls, name });
