import { protobuf } from './protobuf.ts';

/** The operations of a SavedModel's graph, functions included. @throws Error if it is none */
export function operationsIn(bytes: Uint8Array): string[] {
  const model = protobuf['SavedModel'].deserializeBinary(bytes);
  const found = new Set<string>();
  for (const meta of model.getMetaGraphsList()) {
    const graph = meta.getGraphDef();
    for (const node of graph.getNodeList()) found.add(node.getOp() as string);
    // Falx writes no functions, and operations inside one would not be among the nodes.
    if ((graph.getLibrary?.()?.getFunctionList?.() ?? []).length > 0) found.add('functions');
  }
  return [...found];
}
