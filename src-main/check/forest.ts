import { randomFrom } from '../statistics/random.ts';

/** Points in a leaf at most. */
const LEAF = 24;

/**
 * A tree over points, in arrays that threads can share. Node i parts the points by a plane: those for which
 * normal · point < offset go on to children[2i], the others to children[2i + 1]. A child below zero is the leaf −child − 1.
 */
export interface Tree {
  /** float32 [nodes, width]. */
  normals: Float32Array;
  /** float32 [nodes]. */
  offsets: Float32Array;
  /** int32 [nodes, 2]; empty where all points are in one leaf. */
  children: Int32Array;
  /** uint32 [leaves, 2]: first and one past the last in `order`. */
  leaves: Uint32Array;
  /** uint32 [n]: points, leaf by leaf. */
  order: Uint32Array;
  /** float32 [n, BEGIN]: the first numbers of these, in a row, so that those of a leaf need not be fetched from all over the memory. */
  begins: Float32Array;
}

export const BEGIN = 4;

/**
 * Halves the points by the middle between two of them drawn at random, again and again, so that near points mostly
 * share a leaf in some of several trees. Takes n log n. (The idea of Annoy; Dasgupta and Freund, Random projection
 * trees, STOC 2008.)
 * @param points float32 [n, width]. @param seed another one, another tree.
 */
export function growTree(points: Float32Array, width: number, seed: number): Tree {
  const n = points.length / width;
  const random = randomFrom(seed, 'forest');
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const along = new Float32Array(n);
  const [normals, offsets, children, leaves]: number[][] = [[], [], [], []];
  const grow = (from: number, to: number): number => {
    if (to - from <= LEAF) {
      leaves!.push(from, to);
      return -(leaves!.length / 2);
    }
    const draw = () => order[from + Math.floor(random() * (to - from))]! * width;
    const [a, b] = [draw(), draw()];
    const normal = Float32Array.from({ length: width }, (_, k) => points[b + k]! - points[a + k]!);
    for (let i = from; i < to; i += 1) along[i] = dot(normal, 0, points, order[i]! * width, width);
    const offset = along.slice(from, to).sort()[(to - from) >> 1]!;
    const parted = part(order, along, from, to, offset);
    // Equal points cannot be parted by a plane: halve them as they come.
    const middle = parted === from ? (from + to) >> 1 : parted;
    const node = offsets!.length;
    for (const value of normal) normals!.push(value);
    offsets!.push(offset);
    children!.push(0, 0);
    children![2 * node] = grow(from, middle);
    children![2 * node + 1] = grow(middle, to);
    return node;
  };
  grow(0, n);
  return {
    normals: shared(Float32Array, normals!),
    offsets: shared(Float32Array, offsets!),
    children: shared(Int32Array, children!),
    leaves: shared(Uint32Array, leaves!),
    order: shared(Uint32Array, order),
    begins: shared(
      Float32Array,
      Float32Array.from(
        { length: n * BEGIN },
        (_, i) => points[order[(i / BEGIN) | 0]! * width + (i % BEGIN)]!,
      ),
    ),
  };
}

/** The leaf that a point belongs to. @returns where it begins and ends in the tree's `order`. */
export function leafOf(
  tree: Tree,
  point: Float32Array,
  from: number,
  width: number,
): [from: number, to: number] {
  let node = tree.offsets.length > 0 ? 0 : -1;
  while (node >= 0) {
    const isRight = dot(tree.normals, node * width, point, from, width) >= tree.offsets[node]!;
    node = tree.children[2 * node + Number(isRight)]!;
  }
  const leaf = -node - 1;
  return [tree.leaves[2 * leaf]!, tree.leaves[2 * leaf + 1]!];
}

/** Brings those with less than `offset` to the front, both sides in the order they had. @returns where the others begin. */
function part(order: Uint32Array, along: Float32Array, from: number, to: number, offset: number): number {
  const right: number[] = [];
  let end = from;
  for (let i = from; i < to; i += 1)
    if (along[i]! < offset) order[end++] = order[i]!;
    else right.push(order[i]!);
  order.set(right, end);
  return end;
}

function dot(one: Float32Array, from: number, other: Float32Array, at: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k += 1) sum += one[from + k]! * other[at + k]!;
  return sum;
}

/** A copy in memory that threads share. */
function shared<Numbers extends Float32Array | Int32Array | Uint32Array>(
  type: { new (buffer: SharedArrayBuffer): Numbers; BYTES_PER_ELEMENT: number },
  values: ArrayLike<number>,
): Numbers {
  const copy = new type(new SharedArrayBuffer(values.length * type.BYTES_PER_ELEMENT));
  copy.set(values);
  return copy;
}
