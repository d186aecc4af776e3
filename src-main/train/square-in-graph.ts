import type { Graph, Tensor } from '../graph/graph.ts';
import {
  absolute,
  add,
  cast,
  constant,
  countUpTo,
  cumulativeSum,
  divide,
  expandDims,
  floor,
  gather,
  integers,
  less,
  maximum,
  minimum,
  multiply,
  negate,
  padBy,
  reshape,
  roundToEven,
  select,
  shapeOf,
  slice,
  subtract,
  sum,
} from '../graph/operations.ts';
import type { Preprocessing } from '../contract/settings.ts';

/*
 * `images/pixels.ts` in a graph: libvips' reduction with a triangle filter and its bilinear enlargement, in its fixed-point
 * arithmetic for 8 bits (libvips 8.18; derived from resample/reducev.cpp, reduceh.cpp, shrinkv.c, affine.c and interpolate.c).
 * Vertically before horizontally, each rounded to 8 bits: integer box averages first if at least four pixels become one, then the
 * filter, at 64 subpixel phases; then, if either axis is too short, both are enlarged at once.
 */

/** Scale of libvips' weights, and its subpixel phases. */
const ONE = 4096;
const PLACES = 64;
/** Least reduction left for the filter after box averaging: libvips' `gap`. */
const GAP = 2;
/** Size of the strips and tiles that it computes at once: positions accumulate from their beginning. */
const ROWS = 16;
const COLUMNS = 128;

/**
 * @param picture uint8 [height, width, 3].
 * @returns uint8 [side, side, 3].
 */
export function squareInGraph(
  picture: Tensor,
  { imageSize: side, canvas }: Pick<Preprocessing, 'imageSize' | 'canvas'>,
): Tensor {
  const sizes = [sizeOf(picture, 0), sizeOf(picture, 1)];
  const each = sizes.map((n) => divide(n, unfolded(n, side)));
  const longer = maximum(each[0]!, each[1]!);
  const shrinks = canvas === 'pad' ? [longer, longer] : each;

  let square = picture;
  for (const [axis, shrink] of shrinks.entries()) square = reduced(square, axis, sizes[axis]!, shrink);
  square = enlarged(square, shrinks);
  if (canvas === 'pad') square = centred(square, side);
  return reshape(square, [side, side, 3]);
}

/** Along one axis, if that makes it shorter. */
function reduced(picture: Tensor, axis: number, size: Tensor, by: Tensor): Tensor {
  const { graph } = picture;
  const one = double(graph, 1);
  // Passed on as a scale, whose reciprocal is taken again.
  const scale = divide(unfolded(size, 1), by);
  const whole = select(less(scale, one), divide(unfolded(size, 1), scale), one);
  const target = floor(add(divide(size, whole), double(graph, 0.5)));
  const invented = subtract(multiply(target, whole), size);

  const box = maximum(one, floor(divide(size, multiply(target, double(graph, GAP)))));
  const boxed = boxes(picture, axis, size, box);
  const left = floor(divide(add(size, subtract(box, one)), box));
  const shrink = divide(whole, box);

  // Position of each: integer pixels, and the subpixel phase.
  const offset = subtract(divide(add(one, divide(invented, box)), double(graph, 2)), one);
  const begin = (place: Tensor) =>
    subtract(subtract(multiply(add(place, double(graph, 0.5)), shrink), double(graph, 0.5)), offset);
  const at = steps(target, begin, shrink, axis === 0 ? ROWS : COLUMNS);
  const pixel = floor(at);
  const twice = floor(multiply(subtract(at, pixel), double(graph, 2 * PLACES)));
  const place = floor(multiply(add(twice, one), double(graph, 0.5)));

  const reach = roundToEven(shrink);
  const points = add(multiply(reach, double(graph, 2)), one);
  const offsets = expandDims(counted(points), 0);
  const middle = add(divide(place, double(graph, PLACES)), subtract(divide(points, double(graph, 2)), one));
  const distance = absolute(divide(subtract(offsets, expandDims(middle, 1)), shrink));
  const triangle = maximum(subtract(one, distance), double(graph, 0));
  const last = cast(reshape(subtract(points, one), [1]), 'int32');
  const total = gather(cumulativeSum(triangle, 1), last, 1);
  const weights = floor(multiply(divide(triangle, total), double(graph, ONE)));

  const sources = within(add(expandDims(subtract(pixel, reach), 1), offsets), left);
  const parts = cast(gather(boxed, sources, axis), 'float32');
  const overColumns = axis === 0 ? expandDims(weights, 2) : weights;
  const spread = cast(expandDims(overColumns, axis === 0 ? 3 : 2), 'float32');
  const sums = sum(multiply(parts, spread), [axis + 1]);
  // Integers below 2 ** 24: exact in float32, in any order.
  const rounded = floor(divide(add(sums, constant(graph, ONE / 2)), constant(graph, ONE)));
  return cast(rounded, 'uint8');
}

/**
 * Means of `box` pixels each; the last pixel is repeated. Divided by a 24-bit factor, which leaves some slightly below an integer.
 */
function boxes(picture: Tensor, axis: number, size: Tensor, box: Tensor): Tensor {
  const { graph } = picture;
  const one = double(graph, 1);
  const count = floor(divide(add(size, subtract(box, one)), box));
  const first = expandDims(multiply(counted(count), box), 1);
  const inside = expandDims(counted(box), 0);
  const parts = gather(picture, within(add(first, inside), size), axis);
  const sums = cast(sum(cast(parts, 'float32'), [axis + 1]), 'float64');
  const half = floor(divide(box, double(graph, 2)));
  const factor = floor(divide(double(graph, 2 ** 24), box));
  return cast(floor(divide(multiply(add(sums, half), factor), double(graph, 2 ** 24))), 'uint8');
}

/** Both axes at once, by the factors of `shrinks` below 1. */
function enlarged(picture: Tensor, shrinks: readonly Tensor[]): Tensor {
  const { graph } = picture;
  const [zero, half, one] = [double(graph, 0), double(graph, 0.5), double(graph, 1)];
  const scales = shrinks.map((shrink) => maximum(divide(unfolded(shrink, 1), shrink), one));
  // As in the inversion of a matrix of two scales.
  const determinant = divide(unfolded(scales[0]!, 1), multiply(scales[1]!, scales[0]!));
  const larger = less(one, maximum(scales[0]!, scales[1]!));
  const shift = select(larger, half, zero);
  const [down, across] = scales.map((scale, axis) => {
    const size = sizeOf(picture, axis);
    const target = floor(add(multiply(size, scale), half));
    const step = multiply(determinant, scales[1 - axis]!);
    const begin = (place: Tensor) => subtract(add(multiply(place, step), one), shift);
    const at = steps(target, begin, step, axis === 0 ? 1 : target);
    const second = floor(at);
    return {
      first: within(subtract(second, one), size),
      second: within(second, size),
      share: floor(multiply(subtract(at, second), double(graph, ONE))),
    };
  }) as [EnlargedAxis, EnlargedAxis];
  const rows = { first: gather(picture, down.first), second: gather(picture, down.second) };
  const lower = expandDims(expandDims(down.share, 1), 2);
  const upper = subtract(double(graph, ONE), lower);
  const right = expandDims(expandDims(across.share, 0), 2);
  const corner = (share: Tensor) => floor(divide(multiply(share, right), double(graph, ONE)));
  const [upperRight, lowerRight] = [corner(upper), corner(lower)];
  const corners: [Tensor, Tensor, Tensor][] = [
    [rows.first, across.first, subtract(upper, upperRight)],
    [rows.first, across.second, upperRight],
    [rows.second, across.first, subtract(lower, lowerRight)],
    [rows.second, across.second, lowerRight],
  ];
  const sums = corners
    .map(([row, columns, weights]) =>
      multiply(cast(gather(row, columns, 1), 'float32'), cast(weights, 'float32')),
    )
    .reduce((a, b) => add(a, b));
  const rounded = floor(divide(add(sums, constant(graph, ONE / 2)), constant(graph, ONE)));
  return cast(rounded, 'uint8');
}

/** Positions of the enlarged picture's pixels: between two of the picture, at a fraction of `ONE` from the first. */
interface EnlargedAxis {
  first: Tensor;
  second: Tensor;
  share: Tensor;
}

/** Between black borders; the odd row or column is added at the end. */
function centred(picture: Tensor, side: number): Tensor {
  const { graph } = picture;
  const size = slice(shapeOf(picture), [0], [2]);
  const free = subtract(integers(graph, [side, side]), size);
  const before = cast(floor(multiply(cast(free, 'float32'), constant(graph, 0.5))), 'int32');
  return padBy(picture, before, subtract(free, before));
}

/**
 * Positions of pixels, float64 [count]: from `begin` for the first of each strip, and step by step from there. The sums' rounding
 * decides between two phases where a pixel lies exactly between them.
 */
function steps(
  count: Tensor,
  begin: (place: Tensor) => Tensor,
  step: Tensor,
  together: number | Tensor,
): Tensor {
  const { graph } = count;
  const one = double(graph, 1);
  const each = typeof together === 'number' ? double(graph, together) : together;
  const starts = multiply(counted(floor(divide(add(count, subtract(each, one)), each))), each);
  const inside = expandDims(counted(each), 0);
  const terms = select(less(inside, one), expandDims(begin(starts), 1), step);
  return gather(reshape(cumulativeSum(terms, 1), [null]), cast(counted(count), 'int32'));
}

/** 0, 1, … below an integer, float64. */
const counted = (end: Tensor): Tensor => cast(countUpTo(cast(end, 'int32')), 'float64');

/** Length of a picture's axis, float64 []. */
const sizeOf = (picture: Tensor, axis: number): Tensor =>
  cast(reshape(slice(shapeOf(picture), [axis], [1]), []), 'float64');

/** As indices of `size` pixels, clamped to the picture. */
const within = (places: Tensor, size: Tensor): Tensor =>
  cast(maximum(minimum(places, subtract(size, double(size.graph, 1))), double(size.graph, 0)), 'int32');

/**
 * A number that TensorFlow's optimiser doesn't recognise as constant: it would multiply by a constant's reciprocal, and cancel the
 * reciprocal of a reciprocal, both of which libvips rounds differently.
 * @param positive any number above 0.
 */
const unfolded = (positive: Tensor, value: number): Tensor =>
  maximum(double(positive.graph, value), negate(positive));

/** A number that float32 represents exactly, as a float64. */
const double = (graph: Graph, value: number): Tensor => cast(constant(graph, value), 'float64');
