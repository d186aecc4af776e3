/** A point (x, y) of one picture lies at (a·x + b·y + c, d·x + e·y + f) of the other; pictures reach from −1 to 1. */
export type Affine = [a: number, b: number, c: number, d: number, e: number, f: number];

/** Where something lies in a view: its middle and half sides, in the same unit. */
export type Box = [x: number, y: number, width: number, height: number];

/** The eight flips and quarter turns of a square. */
export const orientations: readonly Affine[] = [
  [1, 0, 0, 0, 1, 0],
  [-1, 0, 0, 0, 1, 0],
  [1, 0, 0, 0, -1, 0],
  [-1, 0, 0, 0, -1, 0],
  [0, 1, 0, 1, 0, 0],
  [0, -1, 0, 1, 0, 0],
  [0, 1, 0, -1, 0, 0],
  [0, -1, 0, -1, 0, 0],
];

/** One map after another: first `first`. */
export const after = ([a, b, c, d, e, f]: Affine, [p, q, r, s, t, u]: Affine): Affine => [
  a * p + b * s,
  a * q + b * t,
  a * r + b * u + c,
  d * p + e * s,
  d * q + e * t,
  d * r + e * u + f,
];

/** `affine` after the inverse of the map that moves points by `change`. */
export function afterInverse(affine: Affine, change: Affine): Affine {
  const [p, q, r, s, t, u] = [1 + change[0], change[1], change[2], change[3], 1 + change[4], change[5]];
  const det = p * t - q * s;
  const [ip, iq, is, it] = [t / det, -q / det, -s / det, p / det];
  return after(affine, [ip, iq, -(ip * r + iq * u), is, it, -(is * r + it * u)]);
}

/** The map that leads back. */
export const inverseOf = ([a, b, c, d, e, f]: Affine): Affine =>
  afterInverse([1, 0, 0, 0, 1, 0], [a - 1, b, c, d, e - 1, f]);

/** Whether a map is a flip or turn and no more besides than small rotations, crops and shifts make. */
export function isSmall([a, b, c, d, e, f]: Affine): boolean {
  const area = Math.abs(a * e - b * d);
  const straight = Math.max(Math.abs(a), Math.abs(b));
  return area > 0.6 && area < 1.6 && straight > 0.75 && Math.abs(c) < 0.3 && Math.abs(f) < 0.3;
}
