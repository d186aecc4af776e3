import type { Attribute, Constant, Node, Tensor } from '../graph/graph.ts';

/* A graph node's attributes, by kind. Each throws an Error that names the node if it has no such attribute. */

export const floatOf = (node: Node, name: string): number => {
  const value = attributeOf(node, name);
  if ('float' in value) return value.float;
  throw noSuch(node, name);
};

export const flagOf = (node: Node, name: string): boolean => {
  const value = attributeOf(node, name);
  if ('bool' in value) return value.bool;
  throw noSuch(node, name);
};

export const intsOf = (node: Node, name: string): readonly number[] => {
  const value = attributeOf(node, name);
  if ('ints' in value) return value.ints;
  throw noSuch(node, name);
};

export const textOf = (node: Node, name: string): string => {
  const value = attributeOf(node, name);
  if ('text' in value) return value.text;
  throw noSuch(node, name);
};

/** A float32 constant's values, row-major. */
export function floatsOf(tensor: Tensor): Float32Array {
  const value = constantOf(tensor);
  if (value.dtype === 'float32') return value.data;
  throw new Error(`${tensor.node.name} is of ${value.dtype}`);
}

/** An integer constant's values, row-major. */
export function integersOf(tensor: Tensor): Int32Array {
  const value = constantOf(tensor);
  if (value.dtype === 'int32') return value.data;
  throw new Error(`${tensor.node.name} is of ${value.dtype}`);
}

export function constantOf({ node }: Tensor): Constant {
  const value = node.operation === 'Const' ? node.attributes['value'] : undefined;
  if (value === undefined || !('tensor' in value)) throw new Error(`${node.name} is no constant`);
  return value.tensor;
}

function attributeOf(node: Node, name: string): Attribute {
  const value = node.attributes[name];
  if (value === undefined) throw noSuch(node, name);
  return value;
}

const noSuch = (node: Node, name: string): Error => new Error(`${node.name} says nothing of ${name}`);
