import { create, toBinary } from '@bufbuild/protobuf';
import type { Graph, Node, Shape, Tensor } from '../../graph/graph.ts';
import { dimension, input, single, sizeOf } from '../../graph/graph.ts';
import type { Signature } from '../../graph/saved-model.ts';
import { flagOf, floatOf, floatsOf, integersOf, intsOf, textOf } from '../attributes.ts';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type AttributeProto,
  type GraphProto,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as Type,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './schema/onnx_pb.js';

/** The oldest operator set with everything that is written, for the sake of older runtimes; ONNX 1.12, 2022. */
export const OPSET = 17;
/** The file format of that release. */
const IR_VERSION = 8n;

export type OnnxFacts = {
  version: string;
  name: string;
  text: string;
  metadata: Readonly<Record<string, string>>;
};

/**
 * A graph of constants as an ONNX model (https://github.com/onnx/onnx, docs/IR.md): the same inputs and outputs by name, with a
 * free batch size. ONNX's maps are [n, c, h, w]; images stay [n, h, w, 3] and are transposed once, after preprocessing.
 * @throws Error for an operation that no network here has.
 */
export function onnxModel(graph: Graph, signature: Signature, facts: OnnxFacts): Uint8Array {
  const writer = new Writer();
  for (const [name, tensor] of Object.entries(signature.inputs)) writer.name(tensor, name);
  for (const [name, tensor] of Object.entries(signature.outputs)) writer.name(tensor, name);
  for (const node of graph.nodes) writer.add(node);
  const described = (tensors: Signature['inputs']) =>
    Object.entries(tensors).map(([name, tensor]) => valueInfo(name, tensor));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: BigInt(OPSET) }],
    producerName: 'Falx',
    producerVersion: facts.version,
    docString: facts.text,
    graph: {
      ...writer.parts,
      name: facts.name,
      input: described(signature.inputs),
      output: described(signature.outputs),
    },
    metadataProps: Object.entries(facts.metadata).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A tensor's memory layout: as in TensorFlow, or channels first. */
type Layout = 'same' | 'channelsFirst';
type Placed = { name: string; layout: Layout };

const types = { float32: Type.FLOAT, uint8: Type.UINT8, int32: Type.INT32 } as const;

const typeOf = ({ dtype, node }: Tensor): Type => {
  if (dtype in types) return types[dtype as keyof typeof types];
  throw new Error(`${node.name} is of ${dtype}, which ONNX files here have not`);
};

class Writer {
  readonly parts: Pick<GraphProto, 'node' | 'initializer'> = { node: [], initializer: [] };
  readonly #placed = new Map<Tensor, Placed>();
  readonly #names = new Map<Tensor, string>();
  readonly #turned = new Map<Tensor, string>();

  /** Gives a tensor a name of its own. */
  name(tensor: Tensor, name: string): void {
    this.#names.set(tensor, name);
  }

  add(node: Node): void {
    const write = operations[node.operation];
    if (write === undefined)
      throw new Error(`${node.operation} has no counterpart in ONNX here (${node.name})`);
    write(this, node);
  }

  /** A tensor's name in a layout: as it is, or channels first. */
  of(tensor: Tensor, layout?: Layout): Placed {
    const placed = this.#placed.get(tensor);
    if (placed === undefined) throw new Error(`${tensor.node.name} is used before it is written`);
    if (layout === undefined || placed.layout === layout) return placed;
    // Each tensor has one layout, and is transposed to the other at most once.
    let name = this.#turned.get(tensor);
    if (name === undefined) {
      const first = layout === 'channelsFirst';
      name = `${placed.name}/channels_${first ? 'first' : 'last'}`;
      this.node('Transpose', [placed.name], name, { perm: first ? [0, 3, 1, 2] : [0, 2, 3, 1] });
      this.#turned.set(tensor, name);
    }
    return { name, layout };
  }

  /** An operator's node, whose output is `tensor`. */
  put(
    tensor: Tensor,
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    layout: Layout = 'same',
  ): void {
    const name = this.#nameOf(tensor);
    this.node(operator, inputs, name, attributes);
    this.#placed.set(tensor, { name, layout });
  }

  node(operator: string, inputs: readonly string[], output: string, attributes: Attributes): void {
    this.parts.node.push(
      create(NodeProtoSchema, {
        opType: operator,
        name: output,
        input: [...inputs],
        output: [output],
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
  }

  /** Declares a graph input, with TensorFlow's layout. */
  given(tensor: Tensor): void {
    this.#placed.set(tensor, { name: this.#nameOf(tensor), layout: 'same' });
  }

  /** Adds a constant. */
  constant(name: string, data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    this.parts.initializer.push(
      create(TensorProtoSchema, {
        name,
        dataType: data instanceof Float32Array ? Type.FLOAT : Type.INT64,
        dims: shape.map(BigInt),
        rawData: littleEndian(data),
      }),
    );
    return name;
  }

  #nameOf(tensor: Tensor): string {
    const { node, output } = tensor;
    return this.#names.get(tensor) ?? (output === 0 ? node.name : `${node.name}:${output}`);
  }
}

/** `raw_data` is little-endian whatever the machine; all that Falx runs on are. */
const littleEndian = (data: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

type Attributes = Readonly<Record<string, number | { float: number } | readonly number[]>>;

function attribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, tensor: Tensor): ValueInfoProto {
  const dim = tensor.shape.map((n) => ({
    value:
      n === null
        ? { case: 'dimParam' as const, value: 'n' }
        : { case: 'dimValue' as const, value: BigInt(n) },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: typeOf(tensor), shape: { dim } } } },
  });
}

// Operations --------------------------------------------------------------------------------------------

type Write = (writer: Writer, node: Node) => void;

/** The operations of networks that predict, each as ONNX has it. */
const operations: Readonly<Record<string, Write>> = {
  Placeholder: (writer, node) => writer.given(single(node)),
  /** Written where it is used, in the layout needed there. */
  Const: () => undefined,
  Cast: (writer, node) => elementwise(writer, node, 'Cast', { to: typeOf(single(node)) }),
  AddV2: (writer, node) => binary(writer, node, 'Add'),
  Sub: (writer, node) => binary(writer, node, 'Sub'),
  Mul: (writer, node) => binary(writer, node, 'Mul'),
  RealDiv: (writer, node) => binary(writer, node, 'Div'),
  Relu: (writer, node) => elementwise(writer, node, 'Relu'),
  Sigmoid: (writer, node) => elementwise(writer, node, 'Sigmoid'),
  Tanh: (writer, node) => elementwise(writer, node, 'Tanh'),
  Relu6(writer, node) {
    const y = single(node);
    const x = writer.of(input(node, 0));
    const bound = (name: string, value: number) =>
      writer.constant(`${y.node.name}/${name}`, Float32Array.of(value), []);
    writer.put(y, 'Clip', [x.name, bound('min', 0), bound('max', 6)], {}, x.layout);
  },
  ReverseV2(writer, node) {
    const x = input(node, 0);
    const channels = dimension(x, -1);
    const order = BigInt64Array.from({ length: channels }, (_, i) => BigInt(channels - 1 - i));
    const indices = writer.constant(`${node.name}/order`, order, [channels]);
    writer.put(single(node), 'Gather', [writer.of(x, 'same').name, indices], { axis: 3 });
  },
  Conv2D(writer, node) {
    const kernel = input(node, 1);
    const [h, w, into, out] = sizesOf(kernel.shape, 4);
    // [h, w, in, out] → [out, in, h, w]
    const weights = turned(floatsOf(kernel), [h, w, into, out], [3, 2, 0, 1]);
    convolve(writer, node, weights, [out, into, h, w], 1);
  },
  DepthwiseConv2dNative(writer, node) {
    const kernel = input(node, 1);
    const [h, w, channels] = sizesOf(kernel.shape, 4);
    // [h, w, channels, 1] → [channels, 1, h, w]
    const weights = turned(floatsOf(kernel), [h, w, channels, 1], [2, 3, 0, 1]);
    convolve(writer, node, weights, [channels, 1, h, w], channels);
  },
  BiasAdd(writer, node) {
    const [x, bias] = [input(node, 0), input(node, 1)];
    const data = floatsOf(bias);
    const { name, layout } = writer.of(x);
    const shape = layout === 'channelsFirst' ? [1, data.length, 1, 1] : [data.length];
    writer.put(single(node), 'Add', [name, writer.constant(`${node.name}/bias`, data, shape)], {}, layout);
  },
  FusedBatchNormV3(writer, node) {
    const [scale, offset, mean, variance] = [1, 2, 3, 4].map((n) => {
      const data = floatsOf(input(node, n));
      return writer.constant(`${node.name}/${['scale', 'offset', 'mean', 'variance'][n - 1]}`, data, [
        data.length,
      ]);
    }) as [string, string, string, string];
    const x = writer.of(input(node, 0), 'channelsFirst');
    writer.put(
      node.outputs[0]!,
      'BatchNormalization',
      [x.name, scale, offset, mean, variance],
      { epsilon: { float: floatOf(node, 'epsilon') } },
      'channelsFirst',
    );
  },
  MaxPool: (writer, node) => pool(writer, node, 'MaxPool'),
  AvgPool: (writer, node) => pool(writer, node, 'AveragePool'),
  Pad(writer, node) {
    const x = writer.of(input(node, 0), 'channelsFirst');
    const paddings = integersOf(input(node, 1)); // [before, after] of n, h, w, c
    const order = [0, 3, 1, 2];
    const all = [
      ...order.map((axis) => paddings[2 * axis]!),
      ...order.map((axis) => paddings[2 * axis + 1]!),
    ];
    const pads = writer.constant(`${node.name}/pads`, BigInt64Array.from(all, BigInt), [8]);
    writer.put(single(node), 'Pad', [x.name, pads], {}, 'channelsFirst');
  },
  ConcatV2(writer, node) {
    const parts = node.inputs.slice(0, -1);
    if (integersOf(node.inputs.at(-1)!)[0] !== 3) throw new Error(`${node.name} joins no channels`);
    const names = parts.map((part) => writer.of(part, 'channelsFirst').name);
    writer.put(single(node), 'Concat', names, { axis: 1 }, 'channelsFirst');
  },
  Mean(writer, node) {
    const axes = [...integersOf(input(node, 1))];
    const { name, layout } = writer.of(input(node, 0));
    if (axes.join() !== '1,2' || flagOf(node, 'keep_dims'))
      throw new Error(`${node.name} is no pooling of maps`);
    const attributes = { axes: layout === 'channelsFirst' ? [2, 3] : axes, keepdims: 0 };
    writer.put(single(node), 'ReduceMean', [name], attributes);
  },
  MatMul(writer, node) {
    if (flagOf(node, 'transpose_a') || flagOf(node, 'transpose_b'))
      throw new Error(`${node.name} turns its factors`);
    const kernel = input(node, 1);
    const weights = writer.constant(`${node.name}/kernel`, floatsOf(kernel), sizesOf(kernel.shape, 2));
    writer.put(single(node), 'MatMul', [writer.of(input(node, 0), 'same').name, weights]);
  },
  Reshape(writer, node) {
    const shape = BigInt64Array.from([...integersOf(input(node, 1))], BigInt);
    const to = writer.constant(`${node.name}/shape`, shape, [shape.length]);
    writer.put(single(node), 'Reshape', [writer.of(input(node, 0), 'same').name, to]);
  },
};

function elementwise(writer: Writer, node: Node, operator: string, attributes: Attributes = {}): void {
  const { name, layout } = writer.of(input(node, 0));
  writer.put(single(node), operator, [name], attributes, layout);
}

/** Of two maps with the same layout, or of a map and constants. */
function binary(writer: Writer, node: Node, operator: string): void {
  const [a, b] = [input(node, 0), input(node, 1)];
  const maps = [a, b].filter(({ node: { operation } }) => operation !== 'Const').map((map) => writer.of(map));
  const layout = maps.every((map) => map.layout === 'same') ? 'same' : 'channelsFirst';
  const names = [a, b].map((tensor, i) => {
    if (tensor.node.operation !== 'Const') return writer.of(tensor, layout).name;
    const data = floatsOf(tensor);
    const perChannel = layout === 'channelsFirst' && tensor.shape.length === 1;
    const shape = perChannel ? [1, data.length, 1, 1] : sizesOf(tensor.shape, tensor.shape.length);
    return writer.constant(`${node.name}/${i}`, data, shape);
  });
  writer.put(single(node), operator, names, {}, layout);
}

function convolve(
  writer: Writer,
  node: Node,
  weights: Float32Array,
  shape: readonly [number, number, number, number],
  group: number,
): void {
  const x = input(node, 0);
  const y = single(node);
  const kernel = writer.constant(`${node.name}/kernel`, weights, shape);
  const [, , h, w] = shape;
  const window = { strides: intsOf(node, 'strides').slice(1, 3), kernel_shape: [h, w] };
  const pads = paddingOf(node, x.shape, y.shape, [h, w], window.strides);
  writer.put(
    y,
    'Conv',
    [writer.of(x, 'channelsFirst').name, kernel],
    { ...window, pads, group, dilations: [1, 1] },
    'channelsFirst',
  );
}

function pool(writer: Writer, node: Node, operator: string): void {
  const x = input(node, 0);
  const y = single(node);
  const size = intsOf(node, 'ksize').slice(1, 3);
  const strides = intsOf(node, 'strides').slice(1, 3);
  const pads = paddingOf(node, x.shape, y.shape, size, strides);
  if (operator === 'AveragePool' && pads.some((n) => n !== 0))
    throw new Error(`${node.name} averages its padding`);
  const name = writer.of(x, 'channelsFirst').name;
  writer.put(y, operator, [name], { kernel_shape: size, strides, pads }, 'channelsFirst');
}

/**
 * Padding of the maps: top, left, bottom, right. TensorFlow's SAME puts the odd one at the end, as does ONNX's `SAME_UPPER`, but
 * not every runtime does: so it is explicit.
 */
function paddingOf(
  node: Node,
  x: Shape,
  y: Shape,
  window: readonly number[],
  strides: readonly number[],
): number[] {
  const how = textOf(node, 'padding');
  if (how === 'VALID') return [0, 0, 0, 0];
  if (how !== 'SAME') throw new Error(`${node.name} is padded in a way of its own`);
  const around = [0, 1].map((i) => {
    const [size, to] = [x[i + 1], y[i + 1]];
    if (typeof size !== 'number' || typeof to !== 'number') throw new Error(`${node.name} has a free size`);
    const all = Math.max((to - 1) * strides[i]! + window[i]! - size, 0);
    return [Math.floor(all / 2), Math.ceil(all / 2)] as const;
  });
  return [around[0]![0], around[1]![0], around[0]![1], around[1]![1]];
}

function sizesOf(shape: Shape, rank: 4): [number, number, number, number];
function sizesOf(shape: Shape, rank: number): number[];
function sizesOf(shape: Shape, rank: number): number[] {
  if (shape.length !== rank || shape.some((n) => n === null))
    throw new Error(`[${shape.join()}] is not known`);
  return shape as number[];
}

/** An array with its axes permuted, as NumPy's `transpose`. */
export function turned(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Float32Array(data.length);
  const at = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}
