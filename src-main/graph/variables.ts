import { single } from './graph.ts';
import type { Graph, Node, Tensor } from './graph.ts';

/** A value that TensorFlow keeps between runs of the graph: a weight, a statistic, an optimiser's slot. */
export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly handle: Tensor;
  /** Its value at the start of a run of the graph. One node, however often it is used. */
  readonly value: Tensor;
}

/** A float32 variable; its name is its key in checkpoints. */
export function variable(graph: Graph, name: string, shape: readonly number[]): Variable {
  const handle = single(
    graph.add({
      operation: 'VarHandleOp',
      name,
      attributes: {
        dtype: { type: 'float32' },
        shape: { shape },
        shared_name: { text: name },
        container: { text: '' },
      },
      outputs: [{ dtype: 'resource', shape: [] }],
    }),
  );
  const value = single(
    graph.add({
      operation: 'ReadVariableOp',
      name: `${name}/Read`,
      inputs: [handle],
      attributes: { dtype: { type: 'float32' } },
      outputs: [{ dtype: 'float32', shape }],
    }),
  );
  return { name, shape, handle, value };
}

function change(
  operation: 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp',
  target: Variable,
  value: Tensor,
  controls: readonly Node[] = [],
): Node {
  return target.handle.graph.add({
    operation,
    name: `${target.name}/${operation}`,
    inputs: [target.handle, value],
    controls,
    attributes: {
      dtype: { type: 'float32' },
      ...(operation === 'AssignVariableOp' ? { validate_shape: { bool: false } } : {}),
    },
  });
}

export const assign = (target: Variable, value: Tensor, controls?: readonly Node[]): Node =>
  change('AssignVariableOp', target, value, controls);
export const assignSub = (target: Variable, value: Tensor, controls?: readonly Node[]): Node =>
  change('AssignSubVariableOp', target, value, controls);
