/**
 * A TensorFlow graph under construction: nodes in the order they were added, so every node comes after its inputs. Operations are
 * functions in `operations.ts`; this file knows only nodes, names and edges.
 */
export type DType =
  'float32' | 'float64' | 'bfloat16' | 'int32' | 'uint8' | 'string' | 'int64' | 'bool' | 'resource';

/** A dimension that is known only when the graph runs (the batch) is null. */
export type Shape = readonly (number | null)[];

export interface Tensor {
  readonly graph: Graph;
  readonly node: Node;
  /** Which of the node's outputs. */
  readonly output: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

export type Attribute =
  | { type: DType }
  | { types: readonly DType[] }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { bool: boolean }
  | { text: string }
  | { shape: Shape }
  | { tensor: Constant };

/** A value stored in the graph itself. Strings are UTF-8. */
export type Constant =
  | { dtype: 'float32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'int32'; shape: readonly number[]; data: Int32Array }
  | { dtype: 'string'; shape: readonly number[]; data: readonly string[] };

export interface Node {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly Tensor[];
  /** Nodes that must have run before this one, although it uses none of their outputs. */
  readonly controls: Node[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Tensor[];
}

export interface NodeRequest {
  operation: string;
  inputs?: readonly Tensor[];
  controls?: readonly Node[];
  attributes?: Record<string, Attribute>;
  outputs?: readonly { dtype: DType; shape: Shape }[];
  /** Preferred name; a number is added if it is taken. */
  name?: string;
}

export class Graph {
  readonly nodes: Node[] = [];
  /**
   * Tensors that are cheaper to recompute in the backward pass than to keep from the forward pass, by their node. The function adds
   * the recomputation, to be run once `after` has. Chen et al., 2016, arXiv:1604.06174.
   */
  readonly recomputers = new Map<Node, (after: Node) => Tensor>();
  #names = new Map<string, number>();
  #scope = '';

  /** Names assigned inside `build` start with `name/`. Scopes nest. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  add(request: NodeRequest): Node {
    const outputs: Tensor[] = [];
    const node: Node = {
      name: this.#freeName(this.#scope + (request.name ?? request.operation)),
      operation: request.operation,
      inputs: request.inputs ?? [],
      controls: [...(request.controls ?? [])],
      attributes: request.attributes ?? {},
      outputs,
    };
    for (const [output, { dtype, shape }] of (request.outputs ?? []).entries())
      outputs.push({ graph: this, node, output, dtype, shape });
    for (const input of node.inputs)
      if (input.graph !== this)
        throw new Error(`${input.node.name} belongs to another graph than ${node.name}`);
    this.nodes.push(node);
    return node;
  }

  #freeName(wish: string): string {
    const taken = this.#names.get(wish) ?? 0;
    this.#names.set(wish, taken + 1);
    return taken === 0 ? wish : this.#freeName(`${wish}_${taken}`);
  }
}

/** The only output of a node that has one. */
export function single(node: Node): Tensor {
  const [tensor] = node.outputs;
  if (tensor === undefined || node.outputs.length !== 1)
    throw new Error(`${node.name} has ${node.outputs.length} outputs, not one`);
  return tensor;
}

/** A node's nth output. */
export function output(node: Node, n: number): Tensor {
  const tensor = node.outputs[n];
  if (tensor === undefined) throw new Error(`${node.name} has no output ${n}`);
  return tensor;
}

/** A node's nth input. */
export function input(node: Node, n: number): Tensor {
  const tensor = node.inputs[n];
  if (tensor === undefined) throw new Error(`${node.name} has no input ${n}`);
  return tensor;
}

/** A dimension that must be known while the graph is built; -1 is the last. */
export function dimension(tensor: Tensor, axis: number): number {
  const size = tensor.shape.at(axis);
  if (typeof size !== 'number') throw new Error(`dimension ${axis} of ${tensor.node.name} is not known`);
  return size;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
