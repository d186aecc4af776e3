import { createRequire } from 'node:module';
import type { Attribute, Constant, DType, Graph, Node, Shape } from './graph.ts';

/** A protobuf message of the classes in tfjs-node, which come without types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Message = any;

export const protobuf: Record<string, Message> = createRequire(import.meta.url)(
  '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js',
);

/** tensorflow/core/framework/types.proto */
export const typeNumbers: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
};

const utf8 = new TextEncoder();
export const textOf = (text: string): Uint8Array => utf8.encode(text);

export function encodeGraph(graph: Graph): Message {
  const versions = new protobuf['VersionDef']();
  versions.setProducer(1882);
  const message = new protobuf['GraphDef']();
  message.setVersions(versions);
  message.setNodeList(graph.nodes.map(nodeMessage));
  return message;
}

function nodeMessage(node: Node): Message {
  const message = new protobuf['NodeDef']();
  message.setName(node.name);
  message.setOp(node.operation);
  message.setInputList([
    ...node.inputs.map((t) => (t.output === 0 ? t.node.name : `${t.node.name}:${t.output}`)),
    ...node.controls.map((control) => `^${control.name}`),
  ]);
  for (const [name, value] of Object.entries(node.attributes))
    message.getAttrMap().set(name, attributeMessage(value));
  return message;
}

function attributeMessage(attribute: Attribute): Message {
  const message = new protobuf['AttrValue']();
  if ('type' in attribute) message.setType(typeNumbers[attribute.type]);
  else if ('int' in attribute) message.setI(attribute.int);
  else if ('float' in attribute) message.setF(attribute.float);
  else if ('bool' in attribute) message.setB(attribute.bool);
  else if ('text' in attribute) message.setS(textOf(attribute.text));
  else if ('shape' in attribute) message.setShape(shapeMessage(attribute.shape));
  else if ('tensor' in attribute) message.setTensor(tensorMessage(attribute.tensor));
  else {
    const list = new protobuf['AttrValue'].ListValue();
    if ('ints' in attribute) list.setIList([...attribute.ints]);
    else list.setTypeList(attribute.types.map((type) => typeNumbers[type]));
    message.setList(list);
  }
  return message;
}

export function shapeMessage(shape: Shape): Message {
  const message = new protobuf['TensorShape']();
  message.setDimList(
    shape.map((n) => {
      const dim = new protobuf['TensorShape'].Dim();
      dim.setSize(n ?? -1);
      return dim;
    }),
  );
  return message;
}

function tensorMessage(value: Constant): Message {
  const message = new protobuf['Tensor']();
  message.setDtype(typeNumbers[value.dtype]);
  message.setTensorShape(shapeMessage(value.shape));
  if (value.dtype === 'string') message.setStringValList(value.data.map(textOf));
  else
    message.setTensorContent(new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength));
  return message;
}
