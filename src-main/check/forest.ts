import { randomFrom } from '../graph/random.ts';

/** Points in a leaf at most, and trees. */
const LEAF = 24;
const TREES = 10;

/**
 * Trees that halve the points by the middle between two of them drawn at random, so that near points mostly share
 * a leaf in some tree. Built in n log n; a search looks at no more than `TREES` leaves however many points there are.
 * (The idea of Annoy; Dasgupta and Freund, Random projection trees, STOC 2008.)
 */
export class Forest {
  readonly #points: Float32Array;
  readonly #width: number;
  readonly #trees: Node[];

  /** @param points float32 [n, width], kept and not copied. */
  constructor(points: Float32Array, width: number, seed: number) {
    this.#points = points;
    this.#width = width;
    const n = points.length / width;
    const random = randomFrom(seed, 'forest');
    this.#trees = Array.from({ length: TREES }, () =>
      this.#grow(
        Uint32Array.from({ length: n }, (_, i) => i),
        random,
      ),
    );
  }

  /** Adds the points near `query` to `found`, each with its squared distance if that is less than what is known. */
  near(query: Float32Array, found: Map<number, number>): void {
    for (const tree of this.#trees) {
      let node = tree;
      while ('normal' in node) node = side(node, query, 0, this.#width) < 0 ? node.left : node.right;
      for (const point of node.points) {
        const known = found.get(point);
        const distance = this.#distance(query, point);
        if (known === undefined || distance < known) found.set(point, distance);
      }
    }
  }

  #grow(points: Uint32Array, random: () => number): Node {
    if (points.length <= LEAF) return { points };
    const width = this.#width;
    const draw = () => points[Math.floor(random() * points.length)]! * width;
    const [a, b] = [draw(), draw()];
    const normal = new Float32Array(width);
    for (let k = 0; k < width; k += 1) normal[k] = this.#points[b + k]! - this.#points[a + k]!;
    const along = Float32Array.from(points, (point) =>
      side({ normal, offset: 0 }, this.#points, point * width, width),
    );
    const offset = along.toSorted()[points.length >> 1]!;
    const left = points.filter((_, index) => along[index]! < offset);
    const right = points.filter((_, index) => along[index]! >= offset);
    // Equal points cannot be parted by a plane: halve them as they come.
    if (left.length === 0 || right.length === 0) {
      const half = points.length >> 1;
      return {
        normal,
        offset,
        left: this.#grow(points.slice(0, half), random),
        right: this.#grow(points.slice(half), random),
      };
    }
    return { normal, offset, left: this.#grow(left, random), right: this.#grow(right, random) };
  }

  #distance(query: Float32Array, point: number): number {
    const from = point * this.#width;
    let sum = 0;
    for (let k = 0; k < this.#width; k += 1) {
      const difference = query[k]! - this.#points[from + k]!;
      sum += difference * difference;
    }
    return sum;
  }
}

type Plane = { normal: Float32Array; offset: number };
type Node = (Plane & { left: Node; right: Node }) | { points: Uint32Array };

function side({ normal, offset }: Plane, points: Float32Array, from: number, width: number): number {
  let sum = -offset;
  for (let k = 0; k < width; k += 1) sum += normal[k]! * points[from + k]!;
  return sum;
}
