import type { KerasArray } from '../../networks/weights/read-keras-weights.ts';
import type { Network } from '../../networks/network.ts';
import type { ImportedModel } from '../../contract/settings.ts';
import type { KerasScaling } from '../../contract/keras-import.ts';
import type { Step } from './chain.ts';

type Triple = [number, number, number];

/** Of each channel of RGB 0…255, turned round for `bgr`: · scale + offset. */
export type Affine = { bgr: boolean; scale: Triple; offset: Triple };

const all = (value: number): Triple => [value, value, value];

/** What a script did to the pixels before the model was given them. */
export function scaledOutside(scaling: KerasScaling, { rescaling }: Network): Affine {
  if (scaling === 'none') return { bgr: false, scale: all(1), offset: all(0) };
  if (scaling === 'unit') return { bgr: false, scale: all(1 / 255), offset: all(0) };
  if (scaling === 'signed') return { bgr: false, scale: all(1 / 127.5), offset: all(-1) };
  return ownOf(rescaling);
}

const ownOf = ({ bgr = false, scale, offset }: Network['rescaling']): Affine => ({
  bgr,
  scale: tripleOf(scale)!,
  offset: tripleOf(offset)!,
});

/** Null where it is what the network does by itself. */
export function unlessOwn(one: Affine, { rescaling }: Network): ImportedModel['rescaling'] {
  const own = ownOf(rescaling);
  const alike = (a: Triple, b: Triple) =>
    a.every((x, i) => Math.abs(x - b[i]!) <= 1e-6 * Math.max(1, Math.abs(b[i]!)));
  const relative = one.scale.every((x, i) => Math.abs(x - own.scale[i]!) <= 1e-6 * Math.abs(own.scale[i]!));
  return one.bgr === own.bgr && relative && alike(one.offset, own.offset) ? null : one;
}

/**
 * What a layer in front of the network does to the pixels.
 * @returns null where it is none that can be told; the same object where it does nothing.
 */
export function after(
  before: Affine,
  { layer, constants }: Step & { kind: 'layer' },
  arrays: readonly KerasArray[],
): Affine | null {
  const { class_name: type, config } = layer;
  const times = (by: Triple | null): Affine | null =>
    by && { ...before, scale: product(before.scale, by), offset: product(before.offset, by) };
  const plus = (by: Triple | null): Affine | null => by && { ...before, offset: sum(before.offset, by) };
  if (type === 'Rescaling') {
    const [scale, offset] = [tripleOf(config['scale']), tripleOf(config['offset'] ?? 0)];
    return (
      scale &&
      offset && {
        ...before,
        scale: product(before.scale, scale),
        offset: sum(product(before.offset, scale), offset),
      }
    );
  }
  if (type === 'Normalization') {
    if (config['invert'] === true) return null;
    const stored = (name: string) => arrays.find((array) => array.name === name)?.data;
    const mean = tripleOf(config['mean'] ?? stored('mean'));
    const variance = tripleOf(config['variance'] ?? stored('variance'));
    if (!mean || !variance) return null;
    const by = variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7)) as Triple;
    return {
      ...before,
      scale: product(before.scale, by),
      offset: product(sum(before.offset, negated(mean)), by),
    };
  }
  const operation = operationOf(type, config);
  if (operation === null) return null;
  if (operation === 'cast') return before;
  if (operation === 'reverse') {
    if (!reversesChannels(type, constants, config['axis'])) return null;
    const turned = (of: Triple): Triple => [of[2], of[1], of[0]];
    return { bgr: !before.bgr, scale: turned(before.scale), offset: turned(before.offset) };
  }
  const given = constants.map(tripleOf).filter((one) => one !== null);
  if (given.length !== 1) return null;
  const [by] = given as [Triple];
  if (operation === 'divide') return times(by.map((x) => 1 / x) as Triple);
  if (operation === 'multiply') return times(by);
  return plus(operation === 'add' ? by : negated(by));
}

type Operation = 'divide' | 'multiply' | 'add' | 'subtract' | 'reverse' | 'cast';

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
  GetItem: 'reverse',
  '__operators__.getitem': 'reverse',
  Cast: 'cast',
  cast: 'cast',
};

function operationOf(type: string, config: Readonly<Record<string, unknown>>): Operation | null {
  const named = type === 'TFOpLambda' || type === 'SlicingOpLambda' ? String(config['function']) : type;
  return operations[named] ?? null;
}

/** Flip says so by its axis; a slice by a step of −1 alone, all else taken whole. */
function reversesChannels(type: string, constants: readonly unknown[], axis: unknown): boolean {
  if (type === 'Flip')
    return [...constants, ...(axis === undefined ? [] : [axis])].every((one) => one === -1 || one === 3);
  const numbers: number[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'number') numbers.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(constants);
  return numbers.length === 1 && numbers[0] === -1;
}

/** One number for all channels or one each, as JSON, as what Keras 3 wraps arrays in, or as stored. */
function tripleOf(value: unknown): Triple | null {
  if (typeof value === 'number') return Number.isFinite(value) ? all(value) : null;
  if (value instanceof Float32Array) return tripleOf([...value]);
  if (Array.isArray(value)) {
    const flat = (value as unknown[]).flat(6);
    if (!flat.every((one) => typeof one === 'number' && Number.isFinite(one))) return null;
    if (flat.length === 1) return all(flat[0] as number);
    return flat.length === 3 ? (flat as Triple) : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { class_name: type, config } = value as { class_name?: unknown; config?: { value?: unknown } };
  return type === '__numpy__' || type === '__tensor__' ? tripleOf(config?.value) : null;
}

const product = (a: Triple, b: Triple): Triple => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
const sum = (a: Triple, b: Triple): Triple => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const negated = (a: Triple): Triple => [-a[0], -a[1], -a[2]];
