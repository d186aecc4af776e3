import { dimension } from '../graph/graph.ts';
import {
  add,
  concat,
  constant,
  cosine,
  integers,
  less,
  maximum,
  mean,
  minimum,
  multiply,
  negate,
  projectiveTransform,
  reshape,
  select,
  sine,
  slice,
  statelessUniform,
  subtract,
} from '../graph/operations.ts';
import type { Augmentation } from '../contract/settings.ts';
import type { Tensor } from '../graph/graph.ts';

/** Columns of the random numbers, one row per image. */
const columns = ['flipH', 'flipV', 'angle', 'shiftX', 'shiftY', 'zoom', 'brightness', 'contrast'] as const;
type Column = (typeof columns)[number];

/**
 * Randomly augmented training images, reproducible by `seed`. Flips, rotation, zoom and shift are one bilinear resampling about the
 * image's centre; the nearest edge is repeated outside.
 * @param images float32 [n, s, s, 3], 0…255, n known.
 * @param seed int32 [2], different for each step.
 * @returns images of the same shape and range.
 */
export function augment(images: Tensor, settings: Augmentation, seed: Tensor): Tensor {
  const { graph } = images;
  const count = dimension(images, 0);
  const side = dimension(images, 1);
  const number = (value: number): Tensor => constant(graph, value);
  const uniform = statelessUniform(seed, integers(graph, [count, columns.length]), [count, columns.length]);
  const draw = (column: Column): Tensor => slice(uniform, [0, columns.indexOf(column)], [count, 1]);
  /** Uniform in −most … most, [n, 1]. */
  const either = (column: Column, most: number): Tensor =>
    multiply(subtract(draw(column), number(0.5)), number(2 * most));
  const mirrored = (column: Column, on: boolean): Tensor =>
    on ? select(less(draw(column), number(0.5)), number(-1), number(1)) : number(1);

  let result = images;
  if (moves(settings)) {
    const angle = either('angle', (settings.rotation * Math.PI) / 180);
    const scale = add(either('zoom', settings.zoom), number(1));
    const [cos, sin] = [multiply(cosine(angle), scale), multiply(sine(angle), scale)];
    const flipX = mirrored('flipH', settings.flipHorizontal);
    const flipY = mirrored('flipV', settings.flipVertical);
    // Output (x, y) → input: rotate and scale about the centre, mirror, shift.
    const [a0, a1] = [multiply(cos, flipX), negate(multiply(sin, flipX))];
    const [b0, b1] = [multiply(sin, flipY), multiply(cos, flipY)];
    const centre = number((side - 1) / 2);
    const offset = (u: Tensor, v: Tensor, column: 'shiftX' | 'shiftY'): Tensor =>
      add(subtract(centre, multiply(add(u, v), centre)), either(column, settings.shift * side));
    const zeros = constant(graph, new Float32Array(2 * count), [count, 2]);
    const rows = [a0, a1, offset(a0, a1, 'shiftX'), b0, b1, offset(b0, b1, 'shiftY'), zeros];
    result = projectiveTransform(result, concat(rows, 1));
  }
  const perImage = (column: Tensor): Tensor => reshape(column, [count, 1, 1, 1]);
  if (settings.contrast > 0) {
    const centre = mean(result, [1, 2, 3], true);
    const factor = perImage(add(either('contrast', settings.contrast), number(1)));
    result = add(multiply(subtract(result, centre), factor), centre);
  }
  if (settings.brightness > 0)
    result = add(result, perImage(either('brightness', 255 * settings.brightness)));
  return settings.contrast > 0 || settings.brightness > 0
    ? minimum(maximum(result, number(0)), number(255))
    : result;
}

const moves = (s: Augmentation): boolean =>
  s.flipHorizontal || s.flipVertical || s.rotation > 0 || s.shift > 0 || s.zoom > 0;
