import { single, type Graph, type Tensor } from '../graph/graph.ts';
import {
  add,
  cast,
  constant,
  divide,
  integers,
  maximum,
  multiply,
  placeholder,
  shapeOf,
  slice,
  subtract,
} from '../graph/operations.ts';
import type { Preprocessing } from '../contract/settings.ts';

/**
 * What a serving program may send in place of pixels: one picture of 8 bits as a file (JPEG, PNG, BMP, GIF), decoded and scaled in the graph
 * with a triangle filter as wide as the shrinking asks, as Falx does. JPEG decoders differ by a grey level here and there, and Falx enlarges
 * half a pixel further right and down.
 * No crop to the head is in it.
 * @returns the placeholder, string [], and images uint8 [n, side, side, 3] that may be fed instead.
 */
export function pictureBytes(
  graph: Graph,
  { imageSize: side, canvas }: Preprocessing,
): { bytes: Tensor; images: Tensor } {
  const bytes = placeholder(graph, 'image_bytes', 'string', []);
  const decoded = single(
    graph.add({
      operation: 'DecodeImage',
      inputs: [bytes],
      attributes: { channels: { int: 3 }, dtype: { type: 'uint8' }, expand_animations: { bool: false } },
      outputs: [{ dtype: 'uint8', shape: [null, null, 3] }],
    }),
  );
  const size = cast(slice(shapeOf(decoded), [0], [2]), 'float32');
  const longer = maximum(slice(size, [0], [1]), slice(size, [1], [1]));
  const scale = divide(constant(graph, [side, side]), canvas === 'pad' ? longer : size);
  const free = subtract(constant(graph, [side, side]), multiply(size, scale));
  const scaled = single(
    graph.add({
      operation: 'ScaleAndTranslate',
      inputs: [
        single(
          graph.add({
            operation: 'ExpandDims',
            inputs: [decoded, integers(graph, 0)],
            attributes: { T: { type: 'uint8' }, Tdim: { type: 'int32' } },
            outputs: [{ dtype: 'uint8', shape: [1, null, null, 3] }],
          }),
        ),
        integers(graph, [side, side]),
        scale,
        multiply(free, constant(graph, 0.5)),
      ],
      attributes: { T: { type: 'uint8' }, kernel_type: { text: 'triangle' }, antialias: { bool: true } },
      outputs: [{ dtype: 'float32', shape: [1, side, side, 3] }],
    }),
  );
  const pixels = cast(add(scaled, constant(graph, 0.5)), 'uint8');
  const images = single(
    graph.add({
      operation: 'PlaceholderWithDefault',
      name: 'images',
      inputs: [pixels],
      attributes: { dtype: { type: 'uint8' }, shape: { shape: [null, side, side, 3] } },
      outputs: [{ dtype: 'uint8', shape: [null, side, side, 3] }],
    }),
  );
  return { bytes, images };
}
