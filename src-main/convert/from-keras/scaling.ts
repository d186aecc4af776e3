import type { KerasArray } from '../../networks/weights/read-keras-weights.ts';
import type { Network } from '../../networks/network.ts';
import type { ImportedModel } from '../../contract/settings.ts';
import type { KerasScaling } from '../../contract/keras-import.ts';
import { isIdle, type LayerStep } from './chain.ts';

type Triple = [number, number, number];

/** For each channel of RGB 0…255, reversed for `bgr`: · scale + offset. */
type Affine = { bgr: boolean; scale: Triple; offset: Triple };

/** Red, green or blue (0 to 2) of 0…255 · scale + offset. */
type Channel = { of: number; scale: number; offset: number };

/** The pixels' state so far. @property alone a single channel without a channel axis, as `x[..., 0]`. */
export type Pixels = { channels: readonly Channel[]; alone: boolean };

const all = (value: number): Triple => [value, value, value];

/** What the training script did to the pixels before they reached the model. */
export function scaledOutside(scaling: KerasScaling, { rescaling }: Network): Pixels {
  if (scaling === 'none') return pixelsOf({ bgr: false, scale: all(1), offset: all(0) });
  if (scaling === 'unit') return pixelsOf({ bgr: false, scale: all(1 / 255), offset: all(0) });
  if (scaling === 'signed') return pixelsOf({ bgr: false, scale: all(1 / 127.5), offset: all(-1) });
  return pixelsOf(ownOf(rescaling));
}

const pixelsOf = ({ bgr, scale, offset }: Affine): Pixels => ({
  channels: scale.map((by, i) => ({ of: bgr ? 2 - i : i, scale: by, offset: offset[i]! })),
  alone: false,
});

const ownOf = ({ bgr = false, scale, offset }: Network['rescaling']): Affine => ({
  bgr,
  scale: typeof scale === 'number' ? all(scale) : ([...scale] as Triple),
  offset: typeof offset === 'number' ? all(offset) : ([...offset] as Triple),
});

/**
 * The rescaling for a run's settings: null if it is the network's own.
 * @returns undefined unless they are all three channels, in order or reversed.
 */
export function rescalingOf(
  { channels, alone }: Pixels,
  { rescaling }: Network,
): ImportedModel['rescaling'] | undefined {
  const order = channels.map(({ of }) => of).join('');
  if (alone || (order !== '012' && order !== '210')) return undefined;
  const scale = channels.map((channel) => channel.scale) as Triple;
  const offset = channels.map((channel) => channel.offset) as Triple;
  const own = ownOf(rescaling);
  const isOwn =
    (order === '210') === own.bgr &&
    scale.every((x, i) => Math.abs(x - own.scale[i]!) <= 1e-6 * Math.abs(own.scale[i]!)) &&
    offset.every((x, i) => Math.abs(x - own.offset[i]!) <= 1e-6 * Math.max(1, Math.abs(own.offset[i]!)));
  return isOwn ? null : { bgr: order === '210', scale, offset };
}

/** The effect on the pixels of a layer before the network. @returns null if it is not known; the same object if it has none. */
export function after(
  before: Pixels,
  step: LayerStep,
  arraysOf: (layer: string) => readonly KerasArray[],
): Pixels | null {
  const { layer, constants, branches } = step;
  const { class_name: type, config } = layer;
  if (isIdle(layer)) return before;
  if (branches.length > 0) return joined(before, step, arraysOf);
  if (type === 'Rescaling') {
    const scaled = each(before, [config['scale']], (channel, by) => times(channel, by));
    return scaled && each(scaled, [config['offset'] ?? 0], (channel, by) => plus(channel, by));
  }
  if (type === 'Normalization') return normalised(before, config, arraysOf(step.name));
  const operation = operationOf(type, config);
  if (operation === null) return null;
  if (operation === 'cast') {
    const to = [config['dtype'], ...constants].filter((one) => typeof one === 'string');
    return to.length > 0 && to.every((one) => /^(float32|float64)$/.test(one)) ? before : null;
  }
  if (operation === 'reverse') {
    const axes = [config['axis'], ...constants].flat().filter((one) => one !== undefined && one !== null);
    return axes.length > 0 && axes.every(isChannelAxis)
      ? { ...before, channels: before.channels.toReversed() }
      : null;
  }
  if (operation === 'getItem') return picked(before, constants);
  if (operation === 'stack' || operation === 'concat') return null;
  return each(before, constants, arithmetic(operation, step.constantFirst));
}

/** Channels that were separated, merged again. */
function joined(
  before: Pixels,
  { layer: { class_name: type, config }, constants, branches }: LayerStep,
  arraysOf: (layer: string) => readonly KerasArray[],
): Pixels | null {
  const parts = branches.map((branch) =>
    branch.reduce<Pixels | null>((pixels, step) => pixels && after(pixels, step, arraysOf), before),
  );
  const operation = operationOf(type, config);
  const axes = [config['axis'], ...constants].filter((one) => one !== undefined);
  if (operation !== 'stack' && operation !== 'concat') return null;
  if (axes.length === 0 || !axes.every(isChannelAxis)) return null;
  if (!parts.every((part) => part !== null && part.alone === (operation === 'stack'))) return null;
  return { channels: parts.flatMap((part) => part!.channels), alone: false };
}

function normalised(
  before: Pixels,
  config: Readonly<Record<string, unknown>>,
  arrays: readonly KerasArray[],
): Pixels | null {
  const axes = [config['axis'] ?? []].flat();
  if (config['invert'] === true || !axes.every(isChannelAxis)) return null;
  const stored = (name: string) => arrays.find((array) => array.name === name)?.data;
  const centred = each(before, [config['mean'] ?? stored('mean')], (channel, mean) => plus(channel, -mean));
  return (
    centred &&
    each(centred, [config['variance'] ?? stored('variance')], (channel, variance) =>
      times(channel, 1 / Math.max(Math.sqrt(variance), 1e-7)),
    )
  );
}

type Arithmetic = 'divide' | 'multiply' | 'add' | 'subtract';
type Operation = Arithmetic | 'reverse' | 'getItem' | 'stack' | 'concat' | 'cast';

/** By Keras 3's classes, and by the functions that Keras 2 wraps. */
const operations: Readonly<Record<string, Operation>> = {
  TrueDivide: 'divide',
  Divide: 'divide',
  'math.truediv': 'divide',
  'math.divide': 'divide',
  Multiply: 'multiply',
  'math.multiply': 'multiply',
  Add: 'add',
  'math.add': 'add',
  '__operators__.add': 'add',
  'nn.bias_add': 'add',
  Subtract: 'subtract',
  'math.subtract': 'subtract',
  Flip: 'reverse',
  reverse: 'reverse',
  GetItem: 'getItem',
  '__operators__.getitem': 'getItem',
  Stack: 'stack',
  stack: 'stack',
  Concatenate: 'concat',
  concat: 'concat',
  Cast: 'cast',
  cast: 'cast',
};

function operationOf(type: string, config: Readonly<Record<string, unknown>>): Operation | null {
  const named = type === 'TFOpLambda' || type === 'SlicingOpLambda' ? String(config['function']) : type;
  return operations[named] ?? null;
}

const isChannelAxis = (axis: unknown): boolean => axis === -1 || axis === 3;

const times = ({ of, scale, offset }: Channel, by: number): Channel => ({
  of,
  scale: scale * by,
  offset: offset * by,
});
const plus = ({ of, scale, offset }: Channel, by: number): Channel => ({ of, scale, offset: offset + by });

function arithmetic(
  operation: Arithmetic,
  constantFirst: boolean,
): (channel: Channel, by: number) => Channel | null {
  if (operation === 'add') return plus;
  if (operation === 'multiply') return times;
  if (operation === 'subtract')
    return (channel, by) => (constantFirst ? plus(times(channel, -1), by) : plus(channel, -by));
  return (channel, by) => (constantFirst ? null : times(channel, 1 / by));
}

/** Selects one channel, `x[..., 0]`, or several, `x[..., ::-1]`; all other axes must be complete. */
function picked(before: Pixels, constants: readonly unknown[]): Pixels | null {
  const [keys] = constants;
  if (before.alone || constants.length !== 1 || !Array.isArray(keys)) return null;
  const others = (keys as unknown[]).slice(0, -1);
  const isWhole = (key: unknown): boolean => {
    const slice = sliceOf(key);
    return slice !== null && [slice.start, slice.stop, slice.step ?? null].every((one) => one === null);
  };
  const isRest = others.length === 1 && isEllipsis(others[0]);
  if (!isRest && !(others.length === 3 && others.every(isWhole))) return null;
  const key = (keys as unknown[]).at(-1);
  const at = (index: number): Channel | undefined => before.channels.at(index);
  if (typeof key === 'number') {
    const channel = Number.isInteger(key) ? at(key) : undefined;
    return channel ? { channels: [channel], alone: true } : null;
  }
  const slice = sliceOf(key);
  return (
    slice && { channels: indicesOf(slice, before.channels.length).map((index) => at(index)!), alone: false }
  );
}

type Slice = { start: number | null; stop: number | null; step: number | null };

const isEllipsis = (key: unknown): boolean =>
  typeof key === 'object' && key !== null && (key as { class_name?: unknown }).class_name === '__ellipsis__';

/** Keras 2 writes a slice as `{start, stop, step}`, Keras 3 the same in a `__slice__`. */
function sliceOf(key: unknown): Slice | null {
  if (typeof key !== 'object' || key === null) return null;
  const { class_name: type, config = null } = key as { class_name?: unknown; config?: unknown };
  const written = (type === '__slice__' ? config : key) as Partial<Record<keyof Slice, unknown>> | null;
  const numbers = (['start', 'stop', 'step'] as const).map((name) => written?.[name] ?? null);
  if (written === null || !('step' in written)) return null;
  if (!numbers.every((one) => one === null || (Number.isInteger(one) && one !== undefined))) return null;
  const [start, stop, step] = numbers as (number | null)[];
  return step === 0 ? null : { start: start!, stop: stop!, step: step! };
}

/** Python's slice of n items. */
function indicesOf({ start, stop, step }: Slice, n: number): number[] {
  const by = step ?? 1;
  const within = (index: number): number =>
    by > 0 ? Math.min(Math.max(index, 0), n) : Math.min(Math.max(index, -1), n - 1);
  const fromEnd = (index: number): number => (index < 0 ? index + n : index);
  const first = start === null ? (by > 0 ? 0 : n - 1) : within(fromEnd(start));
  const end = stop === null ? (by > 0 ? n : -1) : within(fromEnd(stop));
  const indices: number[] = [];
  for (let index = first; by > 0 ? index < end : index > end; index += by) indices.push(index);
  return indices;
}

/** Each channel with its constant, if one of the constants has one for each or one for all. */
function each(
  pixels: Pixels,
  constants: readonly unknown[],
  change: (channel: Channel, by: number) => Channel | null,
): Pixels | null {
  const given = constants.map(numbersOf).filter((one) => one !== null);
  const [numbers] = given;
  const { channels, alone } = pixels;
  if (given.length !== 1 || !(numbers!.length === 1 || numbers!.length === channels.length)) return null;
  const changed = channels.map((channel, i) => change(channel, numbers![numbers!.length === 1 ? 0 : i]!));
  return changed.every((one) => one !== null && Number.isFinite(one.scale) && Number.isFinite(one.offset))
    ? { channels: changed as Channel[], alone }
    : null;
}

/** As JSON, wrapped by Keras 3, or as stored. */
function numbersOf(value: unknown): number[] | null {
  if (typeof value === 'number') return Number.isFinite(value) ? [value] : null;
  if (value instanceof Float32Array) return numbersOf([...value]);
  if (Array.isArray(value)) {
    const flat = (value as unknown[]).flat(6);
    return flat.length > 0 && flat.every((one) => typeof one === 'number' && Number.isFinite(one))
      ? (flat as number[])
      : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { class_name: type, config } = value as { class_name?: unknown; config?: { value?: unknown } };
  return type === '__numpy__' || type === '__tensor__' ? numbersOf(config?.value) : null;
}
