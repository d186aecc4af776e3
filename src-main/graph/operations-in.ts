import { protobuf } from './protobuf.ts';

/** Which operations a SavedModel's graph has, functions included. @throws Error when it is none */
export function operationsIn(bytes: Uint8Array): string[] {
  const model = protobuf['SavedModel'].deserializeBinary(bytes);
  const found = new Set<string>();
  for (const meta of model.getMetaGraphsList()) {
    const graph = meta.getGraphDef();
    for (const node of graph.getNodeList()) found.add(node.getOp() as string);
    // Falx writes no functions, and what is in one would not be among the nodes.
    if ((graph.getLibrary?.()?.getFunctionList?.() ?? []).length > 0) found.add('functions');
  }
  return [...found];
}
