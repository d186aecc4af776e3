import { output, single, type Attribute, type Graph, type Node, type Tensor } from '../graph/graph.ts';
import {
  add,
  and,
  cast,
  constant,
  divide,
  equal,
  floor,
  gather,
  integers,
  least,
  less,
  most,
  multiply,
  not,
  or,
  placeholder,
  reshape,
  select,
  slice,
  strings,
  sum,
} from '../graph/operations.ts';
import type { Preprocessing } from '../contract/settings.ts';
import { squareInGraph } from './square-in-graph.ts';

/**
 * The input of a serving program in place of pixels: one 8-bit picture as a file (JPEG, PNG, BMP, GIF), decoded, rotated by its
 * EXIF orientation, flattened on black and scaled in the graph, as Falx does it. It does not crop to the head.
 * @returns the placeholder, string [], and images uint8 [n, side, side, 3] that may be fed instead.
 */
export function pictureBytes(graph: Graph, pixels: Preprocessing): { bytes: Tensor; images: Tensor } {
  const { imageSize: side } = pixels;
  const bytes = placeholder(graph, 'image_bytes', 'string', []);
  const square = reshape(squareInGraph(decodedInGraph(bytes), pixels), [1, side, side, 3]);
  const images = single(
    graph.add({
      operation: 'PlaceholderWithDefault',
      name: 'images',
      inputs: [square],
      attributes: { dtype: { type: 'uint8' }, shape: { shape: [null, side, side, 3] } },
      outputs: [{ dtype: 'uint8', shape: [null, side, side, 3] }],
    }),
  );
  return { bytes, images };
}

/** One of three decoders runs; the last one refuses anything that is no picture. @returns uint8 [height, width, 3]. */
export function decodedInGraph(bytes: Tensor): Tensor {
  const png = switched(bytes, has(bytes, 1, 'PNG'));
  const others = switched(png.otherwise, or(has(bytes, 0, 'BM'), has(bytes, 0, 'GIF')));
  return merged([
    pngOnBlack(png.chosen),
    decode('DecodeImage', others.chosen, 3, {
      dtype: { type: 'uint8' },
      expand_animations: { bool: false },
    }),
    upright(
      // The accurate method: TensorFlow's default differs by some grey levels from most decoders.
      decode('DecodeJpeg', others.otherwise, 3, {
        ratio: { int: 1 },
        fancy_upscaling: { bool: true },
        try_recover_truncated: { bool: false },
        acceptable_fraction: { float: 1 },
        dct_method: { text: 'INTEGER_ACCURATE' },
      }),
      others.otherwise,
    ),
  ]);
}

function decode(
  operation: string,
  bytes: Tensor,
  channels: number,
  attributes: Record<string, Attribute>,
  controls: Node[] = [],
): Tensor {
  return single(
    bytes.graph.add({
      operation,
      inputs: [bytes],
      controls,
      attributes: { channels: { int: channels }, ...attributes },
      outputs: [{ dtype: 'uint8', shape: [null, null, channels] }],
    }),
  );
}

/** Colours flattened on black by their alpha, rounded down. uint8 [height, width, 3] */
function pngOnBlack(png: Tensor): Tensor {
  const { graph } = png;
  const depth = part(png, 24, 1);
  const isOf = (bits: readonly number[]) => less(integers(graph, 0), sum(equalsOne(depth, bits)));
  // White level of 16-bit values as in Falx.
  const eight = graph.add({
    operation: 'Assert',
    inputs: [not(isOf([16])), strings(graph, ['a PNG of 16 bits: send its pixels instead'])],
    attributes: { T: { types: ['string'] }, summarize: { int: 1 } },
  });
  const pixels = decode('DecodePng', png, 4, { dtype: { type: 'uint8' } }, [eight]);
  const colour = cast(slice(pixels, [0, 0, 0], [-1, -1, 3]), 'float32');
  const alpha = cast(slice(pixels, [0, 0, 3], [-1, -1, 1]), 'float32');
  // Without alpha, TensorFlow gives a picture of fewer bits their largest value as alpha, 15 for four bits.
  const none = and(isOf([1, 2, 4]), not(less(least(alpha), most(alpha))));
  const shares = multiply(colour, select(none, constant(graph, 255), alpha));
  // Plus one half: TensorFlow may multiply by the reciprocal, slightly below an integer.
  return cast(floor(divide(add(shares, constant(graph, 0.5)), constant(graph, 255))), 'uint8');
}

/** How a picture of EXIF's orientations 1 to 8 becomes upright: the order of its axes, then which of them are flipped. */
const orientations = [
  { order: [0, 1, 2], turned: [0, 0, 0] },
  { order: [0, 1, 2], turned: [0, 1, 0] },
  { order: [0, 1, 2], turned: [1, 1, 0] },
  { order: [0, 1, 2], turned: [1, 0, 0] },
  { order: [1, 0, 2], turned: [0, 0, 0] },
  { order: [1, 0, 2], turned: [0, 1, 0] },
  { order: [1, 0, 2], turned: [1, 1, 0] },
  { order: [1, 0, 2], turned: [1, 0, 0] },
] as const;

/** The orientation in EXIF's first directory, a short integer in either byte order. RE2, whose \\C is a byte. */
const EXIF =
  '^\\C*?Exif\\x00\\x00(?:' +
  'II\\x2a\\x00\\C{0,600}?\\x12\\x01\\x03\\x00\\x01\\x00\\x00\\x00([\\x02-\\x08])\\x00|' +
  'MM\\x00\\x2a\\C{0,600}?\\x01\\x12\\x00\\x03\\x00\\x00\\x00\\x01\\x00([\\x02-\\x08])' +
  ')\\C*$';

/** Rotated by the file's EXIF orientation. */
function upright(picture: Tensor, jpeg: Tensor): Tensor {
  const { graph } = picture;
  const said = single(
    graph.add({
      operation: 'StaticRegexReplace',
      inputs: [part(jpeg, 0, 65_536)],
      attributes: {
        pattern: { text: EXIF },
        rewrite: { text: '\\1\\2' },
        replace_global: { bool: false },
      },
      outputs: [{ dtype: 'string', shape: [] }],
    }),
  );
  const numbers = [1, 2, 3, 4, 5, 6, 7];
  const codes = numbers.map((n) => n + 1);
  const which = sum(multiply(equalsOne(said, codes), integers(graph, numbers)));
  const row = (of: 'order' | 'turned') =>
    gather(
      integers(
        graph,
        orientations.flatMap((one) => one[of]),
        [8, 3],
      ),
      which,
    );
  const ordered = single(
    graph.add({
      operation: 'Transpose',
      inputs: [picture, row('order')],
      attributes: { T: { type: 'uint8' }, Tperm: { type: 'int32' } },
      outputs: [{ dtype: 'uint8', shape: picture.shape }],
    }),
  );
  return single(
    graph.add({
      operation: 'Reverse',
      inputs: [ordered, less(integers(graph, 0), row('turned'))],
      attributes: { T: { type: 'uint8' } },
      outputs: [{ dtype: 'uint8', shape: picture.shape }],
    }),
  );
}

/** `length` bytes from an offset, as far as there are any. */
function part(text: Tensor, from: number, length: number): Tensor {
  const { graph } = text;
  return single(
    graph.add({
      operation: 'Substr',
      inputs: [text, integers(graph, from), integers(graph, length)],
      attributes: { T: { type: 'int32' }, unit: { text: 'BYTE' } },
      outputs: [{ dtype: 'string', shape: text.shape }],
    }),
  );
}

/** 1 for each of these bytes if the text is that byte alone, otherwise 0. int32 [bytes] */
function equalsOne(text: Tensor, bytes: readonly number[]): Tensor {
  const letters = bytes.map((byte) => String.fromCharCode(byte));
  return cast(equal(text, strings(text.graph, letters)), 'int32');
}

/** Whether a file has these letters at an offset. bool [] */
const has = (bytes: Tensor, from: number, letters: string): Tensor =>
  reshape(equal(part(bytes, from, letters.length), strings(bytes.graph, [letters])), []);

/** Routes `x` to one of two branches; what follows on the other does not run. */
function switched(x: Tensor, condition: Tensor): { chosen: Tensor; otherwise: Tensor } {
  const { dtype, shape } = x;
  const node = x.graph.add({
    operation: 'Switch',
    inputs: [x, condition],
    attributes: { T: { type: dtype } },
    outputs: [
      { dtype, shape },
      { dtype, shape },
    ],
  });
  return { chosen: output(node, 1), otherwise: output(node, 0) };
}

/** The branch that ran. */
function merged(ways: readonly [Tensor, ...Tensor[]]): Tensor {
  const [{ graph, dtype, shape }] = ways;
  const node = graph.add({
    operation: 'Merge',
    inputs: ways,
    attributes: { T: { type: dtype }, N: { int: ways.length } },
    outputs: [
      { dtype, shape },
      { dtype: 'int32', shape: [] },
    ],
  });
  return output(node, 0);
}
