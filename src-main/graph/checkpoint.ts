import { assign } from './variables.ts';
import { output, single } from './graph.ts';
import { constant, group, placeholder, strings } from './operations.ts';
import type { Graph, Node, Tensor } from './graph.ts';
import type { Variable } from './variables.ts';

/** Nodes that write and read TensorFlow's own checkpoint files (SaveV2, RestoreV2). */
export interface Saver {
  variables: readonly Variable[];
  /** The node that sets each variable. */
  assignments: readonly Node[];
  /** String scalar to feed: path without its extension. */
  filename: Tensor;
  /** Fetch to write; always 0. */
  saved: Tensor;
  /** Node that reads all variables; loaders run it by name. */
  restore: string;
  /** Fetch to read; always 0. */
  restored: Tensor;
}

export function saver(graph: Graph, variables: readonly Variable[], name: string): Saver {
  return graph.scope(name, () => {
    const filename = placeholder(graph, 'filename', 'string', []);
    const keys = strings(
      graph,
      variables.map((v) => v.name),
    );
    const slices = strings(
      graph,
      variables.map(() => ''),
    );
    const dtypes = { types: variables.map(() => 'float32' as const) };
    const save = graph.add({
      operation: 'SaveV2',
      inputs: [filename, keys, slices, ...variables.map((v) => v.value)],
      attributes: { dtypes },
    });
    const read = graph.add({
      operation: 'RestoreV2',
      inputs: [filename, keys, slices],
      attributes: { dtypes },
      outputs: variables.map((v) => ({ dtype: 'float32', shape: v.shape })),
    });
    const assignments = variables.map((v, i) => assign(v, output(read, i)));
    const restore = group(graph, assignments, 'restore_all');
    return {
      variables,
      assignments,
      filename,
      saved: after(constant(graph, 0), [save], 'saved'),
      restore: restore.name,
      restored: after(constant(graph, 0), [restore], 'restored'),
    };
  });
}

/** `x`, once all of `nodes` have run. */
export function after(x: Tensor, nodes: readonly Node[], name: string): Tensor {
  return single(
    x.graph.add({
      operation: 'Identity',
      name,
      inputs: [x],
      controls: nodes,
      attributes: { T: { type: x.dtype } },
      outputs: [{ dtype: x.dtype, shape: x.shape }],
    }),
  );
}
