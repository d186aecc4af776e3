import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeGraph, protobuf, textOf, typeNumbers, shapeMessage } from './protobuf.ts';
import type { Saver } from './checkpoint.ts';
import type { Graph, Node, Tensor } from './graph.ts';
import type { Variable } from './variables.ts';

/** Named inputs and outputs of a saved graph. */
export interface Signature {
  inputs: Readonly<Record<string, Tensor>>;
  outputs: Readonly<Record<string, Tensor>>;
}

export interface SavedModelParts {
  graph: Graph;
  signatures: Readonly<Record<string, Signature>>;
  /** Variables that loaders restore from `variables/`, with the nodes for it; absent for a graph of constants. */
  saver?: Saver;
}

/**
 * Writes `folder/saved_model.pb`, readable by TensorFlow's own loaders (format of TensorFlow 1 graphs, tag `serve`).
 * @throws Error of the file system.
 */
export function writeSavedModel(folder: string, parts: SavedModelParts): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(parts));
}

/** The bytes of a SavedModel message. */
export function encodeSavedModel({ graph, signatures, saver }: SavedModelParts): Uint8Array {
  const info = new protobuf['MetaGraphDef'].MetaInfoDef();
  info.setTagsList(['serve']);
  const meta = new protobuf['MetaGraphDef']();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(encodeGraph(graph));
  for (const [key, signature] of Object.entries(signatures)) {
    const message = new protobuf['SignatureDef']();
    for (const [name, tensor] of Object.entries(signature.inputs))
      message.getInputsMap().set(name, tensorInfo(tensor));
    for (const [name, tensor] of Object.entries(signature.outputs))
      message.getOutputsMap().set(name, tensorInfo(tensor));
    message.setMethodName('tensorflow/serving/predict');
    meta.getSignatureDefMap().set(key, message);
  }
  if (saver !== undefined) {
    const message = new protobuf['SaverDef']();
    message.setFilenameTensorName(tensorName(saver.filename));
    message.setSaveTensorName(tensorName(saver.saved));
    message.setRestoreOpName(saver.restore);
    message.setVersion(2);
    meta.setSaverDef(message);
    const list = new protobuf['CollectionDef'].BytesList();
    list.setValueList(saver.variables.map((v, i) => variableMessage(v, saver.assignments[i] as Node)));
    const collection = new protobuf['CollectionDef']();
    collection.setBytesList(list);
    meta.getCollectionDefMap().set('variables', collection);
  }
  const model = new protobuf['SavedModel']();
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([meta]);
  return model.serializeBinary();
}

export const tensorName = (tensor: Tensor): string => `${tensor.node.name}:${tensor.output}`;

function tensorInfo(tensor: Tensor): object {
  const info = new protobuf['TensorInfo']();
  info.setName(tensorName(tensor));
  info.setDtype(typeNumbers[tensor.dtype]);
  info.setTensorShape(shapeMessage(tensor.shape));
  return info;
}

/** VariableDef (tensorflow/core/framework/variable.proto), which is missing from the package's classes. */
function variableMessage(variable: Variable, assignment: Node): Uint8Array {
  const field = (number: number, text: string): Uint8Array[] => {
    const bytes = textOf(text);
    return [Uint8Array.of((number << 3) | 2), lengthOf(bytes.length), bytes];
  };
  return Buffer.concat([
    ...field(1, tensorName(variable.handle)),
    ...field(2, assignment.name),
    ...field(3, tensorName(variable.value)),
    Uint8Array.of((5 << 3) | 0, 1),
    ...field(6, tensorName(variable.value)),
    Uint8Array.of((7 << 3) | 0, 1),
  ]);
}

function lengthOf(n: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = n; ; left >>>= 7) {
    if (left < 128) return Uint8Array.of(...bytes, left);
    bytes.push((left & 127) | 128);
  }
}
