import type { Attribute, DType, Graph, Node, Shape } from '../../graph/graph.ts';
import { type Signature, tensorName } from '../../graph/saved-model.ts';
import { constantOf } from '../attributes.ts';

/** TensorFlow.js reads shards of this size by default; browsers keep such pieces in their caches. */
const SHARD = 4 * 2 ** 20;

export type GraphModel = {
  /** `model.json`. */
  json: Record<string, unknown>;
  shards: { name: string; bytes: Uint8Array }[];
};

/**
 * A graph of constants as a TensorFlow.js graph model: `model.json`, a GraphDef in protobuf's JSON, and its constants in shards.
 * @param facts stored as `userDefinedMetadata`.
 */
export function graphModel(graph: Graph, signature: Signature, facts: object, version: string): GraphModel {
  const constants = graph.nodes.filter(({ operation }) => operation === 'Const');
  const weights = constants.map((node) => {
    const value = constantOf(node.outputs[0]!);
    if (value.dtype === 'string') throw new Error(`${node.name} holds words`);
    const { dtype, shape, data } = value;
    return {
      spec: { name: node.name, dtype, shape },
      bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  });
  const whole = Buffer.concat(weights.map(({ bytes }) => bytes));
  const count = Math.max(1, Math.ceil(whole.length / SHARD));
  const shards = Array.from({ length: count }, (_, i) => ({
    name: `group1-shard${i + 1}of${count}.bin`,
    bytes: whole.subarray(i * SHARD, (i + 1) * SHARD),
  }));
  const described = (tensors: Signature['inputs']) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        { name: tensorName(tensor), dtype: typeName(tensor.dtype), tensorShape: shapeOf(tensor.shape) },
      ]),
    );
  return {
    json: {
      format: 'graph-model',
      generatedBy: '2.21.0',
      convertedBy: `Falx ${version}`,
      signature: { inputs: described(signature.inputs), outputs: described(signature.outputs) },
      userDefinedMetadata: facts,
      modelTopology: { node: graph.nodes.map(nodeOf), library: {}, versions: { producer: 1882 } },
      weightsManifest: [{ paths: shards.map(({ name }) => name), weights: weights.map(({ spec }) => spec) }],
    },
    shards,
  };
}

const typeName = (dtype: DType): string => {
  const names: Partial<Record<DType, string>> = {
    float32: 'DT_FLOAT',
    int32: 'DT_INT32',
    uint8: 'DT_UINT8',
    bool: 'DT_BOOL',
  };
  const name = names[dtype];
  if (name === undefined) throw new Error(`TensorFlow.js has no ${dtype}`);
  return name;
};

const shapeOf = (shape: Shape) => ({ dim: shape.map((n) => ({ size: String(n ?? -1) })) });

function nodeOf({ name, operation, inputs, attributes }: Node): object {
  return {
    name,
    op: operation,
    input: inputs.map(({ node, output }) => (output === 0 ? node.name : `${node.name}:${output}`)),
    attr: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)])),
  };
}

/** An AttrValue in protobuf's JSON: integers as texts, texts in base64. */
function attributeOf(value: Attribute): object {
  if ('type' in value) return { type: typeName(value.type) };
  if ('types' in value) return { list: { type: value.types.map(typeName) } };
  if ('int' in value) return { i: String(value.int) };
  if ('ints' in value) return { list: { i: value.ints.map(String) } };
  if ('float' in value) return { f: value.float };
  if ('bool' in value) return { b: value.bool };
  if ('text' in value) return { s: Buffer.from(value.text, 'utf8').toString('base64') };
  if ('shape' in value) return { shape: shapeOf(value.shape) };
  // The values are in the shards.
  return {
    tensor: {
      dtype: typeName(value.tensor.dtype),
      tensorShape: shapeOf((value.tensor as { shape?: Shape }).shape ?? []),
    },
  };
}
