import { randomFrom } from '../statistics/random.ts';
import type { Alteration } from '../contract/studies.ts';

/**
 * Image degradations as from a scanner or clinic, on the pixels that a network gets. Each channel is altered in the same way;
 * randomness depends only on the seed. Motion, bias field, blur and gamma are those of TorchIO (Pérez-García, Sparks and Ourselin
 * 2021, Computer Methods and Programs in Biomedicine 208, 106236) for one slice; `test/goldens/alter.py` compares them.
 */

/** The amount at each strength, 1 to 5. Lengths are fractions of the picture's side. */
export const strengthTable = {
  /** Largest rotation, degrees, of two movements during the readout of k-space; shifts go with it. */
  motion: [1, 2, 4, 6, 10],
  /** Standard deviation of normal noise in both channels (Rician), fraction of 255. */
  noise: [0.02, 0.04, 0.08, 0.12, 0.18],
  /** Largest coefficient of the cubic polynomial whose exponential multiplies brightness. */
  biasField: [0.1, 0.2, 0.35, 0.5, 0.75],
  /** Standard deviation of the Gaussian. */
  blur: [0.004, 0.008, 0.014, 0.022, 0.035],
  /** Side of the reduced picture before it is enlarged again, as a fraction. */
  resolution: [0.75, 0.5, 0.35, 0.25, 0.18],
  /** Exponent of the grey level's fraction of 255, or its inverse, alternating. */
  intensity: [1.15, 1.35, 1.6, 2, 2.6],
} as const satisfies Record<Alteration, readonly number[]>;

/**
 * @param pixels uint8 [side, side, 3]. @param strength 1 to 5. @param seed of a scan: the same gives the same.
 * @returns uint8 [side, side, 3].
 */
export function altered(
  pixels: Uint8Array,
  side: number,
  by: Alteration,
  strength: number,
  seed: number,
): Uint8Array {
  const amount = strengthTable[by][strength - 1]!;
  const random = randomFrom(seed, by);
  const alter = makers[by](side, amount, random);
  const result = new Uint8Array(pixels.length);
  const channel = new Float64Array(side * side);
  let before: { from: Float64Array; to: ArrayLike<number> } | null = null;
  for (let c = 0; c < 3; c += 1) {
    for (let i = 0; i < channel.length; i += 1) channel[i] = pixels[3 * i + c]!;
    // Most scans are grey: three equal channels are altered once.
    const isSame = before !== null && before.from.every((value, i) => value === channel[i]);
    const to: ArrayLike<number> = isSame ? before!.to : alter(channel);
    before ??= { from: channel.slice(), to };
    for (let i = 0; i < channel.length; i += 1)
      result[3 * i + c] = Math.max(0, Math.min(255, Math.round(to[i]!)));
  }
  return result;
}

type Random = () => number;
type Alter = (channel: Float64Array) => ArrayLike<number>;

const either = (random: Random): number => (random() < 0.5 ? -1 : 1);

const makers: Readonly<Record<Alteration, (side: number, amount: number, random: Random) => Alter>> = {
  motion: (side, degrees, random) => {
    const movements = [0, 1].map(() => ({
      degrees: either(random) * degrees * (0.5 + random() / 2),
      x: (either(random) * degrees * side) / 500,
      y: (either(random) * degrees * side) / 500,
    }));
    const times = [1 / 3, 2 / 3].map((time) => time + (random() - 0.5) * 0.2);
    return (channel) => moved(channel, side, movements, times);
  },
  noise: (_, share, random) => {
    const [real, imaginary]: [number[], number[]] = [[], []];
    return (channel) =>
      channel.map((value, i) => {
        real[i] ??= normal(random);
        imaginary[i] ??= normal(random);
        return Math.hypot(value + 255 * share * real[i], 255 * share * imaginary[i]);
      });
  },
  biasField: (side, most, random) => {
    const coefficients = Array.from({ length: 10 }, () => (2 * random() - 1) * most);
    const field = biasField(side, coefficients);
    return (channel) => channel.map((value, i) => value * field[i]!);
  },
  blur: (side, share) => (channel) => blurred(channel, side, share * side),
  resolution: (side, share) => (channel) => coarser(channel, side, Math.max(1, Math.round(share * side))),
  intensity: (_, gamma, random) => {
    const exponent = random() < 0.5 ? gamma : 1 / gamma;
    return (channel) => channel.map((value) => gammaOf(value, exponent));
  },
};

/** By Box and Muller's method. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const gammaOf = (value: number, exponent: number): number => 255 * (value / 255) ** exponent;

/** Powers of x and y of the cubic polynomial, in the order of its coefficients. */
export const biasTerms: readonly (readonly [number, number])[] = [0, 1, 2, 3].flatMap((x) =>
  Array.from({ length: 4 - x }, (_, y) => [x, y] as const),
);

/** @returns float64 [side, side], factors of brightness: exp of a polynomial over −1 … 1. */
export function biasField(side: number, coefficients: readonly number[]): Float64Array {
  const most = (side - 1) / 2;
  const at = (place: number) => (place - most) / most;
  const field = new Float64Array(side * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (const [i, [px, py]] of biasTerms.entries()) sum += coefficients[i]! * at(x) ** px * at(y) ** py;
      field[y * side + x] = Math.exp(sum);
    }
  return field;
}

/** Gaussian filter truncated at four standard deviations, the edge mirrored: SciPy's `gaussian_filter`. */
export function blurred(values: Float64Array, side: number, deviation: number): Float64Array {
  const radius = Math.floor(4 * deviation + 0.5);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const sum = kernel.reduce((all, one) => all + one, 0);
  const mirrored = (place: number): number => {
    const period = 2 * side;
    const at = ((place % period) + period) % period;
    return at < side ? at : period - 1 - at;
  };
  const along = (from: Float64Array, step: number, across: number): Float64Array => {
    const to = new Float64Array(from.length);
    for (let line = 0; line < side; line += 1)
      for (let place = 0; place < side; place += 1) {
        let value = 0;
        for (let k = -radius; k <= radius; k += 1)
          value += kernel[k + radius]! * from[line * across + mirrored(place + k) * step]!;
        to[line * across + place * step] = value / sum;
      }
    return to;
  };
  return along(along(values, side, 1), 1, side);
}

/** Means over areas of a coarser grid, then bilinear enlargement. */
export function coarser(values: Float64Array, side: number, left: number): Float64Array {
  const small = new Float64Array(left * left);
  const share = side / left;
  const weights = Array.from({ length: left }, (_, cell) => {
    const [from, to] = [cell * share, (cell + 1) * share];
    const first = Math.floor(from);
    return Array.from({ length: Math.ceil(to - 1e-9) - first }, (__, i) => ({
      place: first + i,
      weight: Math.min(to, first + i + 1) - Math.max(from, first + i),
    }));
  });
  for (let y = 0; y < left; y += 1)
    for (let x = 0; x < left; x += 1) {
      let sum = 0;
      for (const row of weights[y]!)
        for (const column of weights[x]!)
          sum += row.weight * column.weight * values[row.place * side + column.place]!;
      small[y * left + x] = sum / share ** 2;
    }
  const result = new Float64Array(side * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1)
      result[y * side + x] = bilinear(small, left, (x + 0.5) / share - 0.5, (y + 0.5) / share - 0.5);
  return result;
}

/** With the nearest edge repeated. */
function bilinear(values: Float64Array, side: number, x: number, y: number): number {
  const clamp = (place: number) => Math.max(0, Math.min(side - 1, place));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  const at = (column: number, row: number) => values[clamp(row) * side + clamp(column)]!;
  return (
    (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x0 + 1, y0)) +
    fy * ((1 - fx) * at(x0, y0 + 1) + fx * at(x0 + 1, y0 + 1))
  );
}

export type Movement = { degrees: number; x: number; y: number };

/**
 * Motion during the readout of k-space: lines from each time on belong to the picture moved accordingly, as in TorchIO's `Motion`,
 * in whose order the lines are columns; the centre is that of the unmoved picture.
 * @param middle centre of rotation; TorchIO rotates about the first voxel.
 */
export function moved(
  values: Float64Array,
  side: number,
  movements: readonly Movement[],
  times: readonly number[],
  middle = (side - 1) / 2,
): Float64Array {
  const pictures = [values, ...movements.map((movement) => rigid(values, side, movement, middle))];
  const spectra = pictures.map((picture) => spectrumOf(picture, side));
  // The spectrum with the centre is the picture's own.
  const later = times.findIndex((time) => time > 0.5);
  const centre = later < 0 ? spectra.length - 1 : later;
  [spectra[0], spectra[centre]] = [spectra[centre]!, spectra[0]!];
  const ends = [...times.map((time) => Math.trunc(side * time)), side];
  const whole = { re: new Float64Array(side * side), im: new Float64Array(side * side) };
  let from = 0;
  for (const [i, end] of ends.entries()) {
    for (let x = from; x < end; x += 1) {
      const column = (x + Math.ceil(side / 2)) % side; // before the shift that centres frequency 0
      for (let y = 0; y < side; y += 1) {
        whole.re[y * side + column] = spectra[i]!.re[y * side + column]!;
        whole.im[y * side + column] = spectra[i]!.im[y * side + column]!;
      }
    }
    from = Math.max(from, end);
  }
  return inverseOf(whole, side);
}

/** A picture rotated about a point and shifted; beyond its edges its darkest level. */
function rigid(
  values: Float64Array,
  side: number,
  { degrees, x: dx, y: dy }: Movement,
  middle: number,
): Float64Array {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const darkest = values.reduce((least, value) => Math.min(least, value), Infinity);
  const result = new Float64Array(side * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const [u, v] = [x - middle, y - middle];
      const fromX = cos * u - sin * v + middle + dx;
      const fromY = sin * u + cos * v + middle + dy;
      const isInside = fromX >= -0.5 && fromX <= side - 0.5 && fromY >= -0.5 && fromY <= side - 0.5;
      result[y * side + x] = isInside ? bilinear(values, side, fromX, fromY) : darkest;
    }
  return result;
}

type Complex = { re: Float64Array; im: Float64Array };

const spectrumOf = (values: Float64Array, side: number): Complex =>
  transform({ re: values.slice(), im: new Float64Array(values.length) }, side, -1);

function inverseOf(spectrum: Complex, side: number): Float64Array {
  const { re } = transform(spectrum, side, 1);
  return re.map((value) => value / side ** 2);
}

/** The two-dimensional discrete Fourier transform in place, rows then columns, unnormalised. */
function transform(values: Complex, side: number, sign: 1 | -1): Complex {
  const plan = planFor(side, sign);
  for (let n = 0; n < side; n += 1) fourier(values, n * side, 1, plan);
  for (let n = 0; n < side; n += 1) fourier(values, n, side, plan);
  return values;
}

/** For n = blocks · odd: `blocks` a power of two. */
type Plan = {
  n: number;
  odd: number;
  /** First element of each block: the block's number with its bits reversed. */
  starts: Uint32Array;
  /** e^(±2πi·k/n). */
  cos: Float64Array;
  sin: Float64Array;
  re: Float64Array;
  im: Float64Array;
};
const plans = new Map<string, Plan>();

function planFor(n: number, sign: 1 | -1): Plan {
  const key = `${n} ${sign}`;
  const known = plans.get(key);
  if (known) return known;
  let blocks = 1;
  while (n % (2 * blocks) === 0) blocks *= 2;
  const starts = new Uint32Array(blocks);
  for (let bit = 1; bit < blocks; bit *= 2)
    for (let block = 0; block < bit; block += 1) starts[block + bit] = starts[block]! + blocks / (2 * bit);
  const angle = (i: number) => (sign * 2 * Math.PI * i) / n;
  const plan: Plan = {
    n,
    odd: n / blocks,
    starts,
    cos: Float64Array.from({ length: n }, (_, i) => Math.cos(angle(i))),
    sin: Float64Array.from({ length: n }, (_, i) => Math.sin(angle(i))),
    re: new Float64Array(n),
    im: new Float64Array(n),
  };
  plans.set(key, plan);
  return plan;
}

/** Cooley and Tukey's, decimation in time: blocks of odd length by definition, then combined pairwise. */
function fourier(values: Complex, from: number, step: number, plan: Plan): void {
  const { n, odd, starts, cos, sin, re, im } = plan;
  const blocks = starts.length;
  for (let block = 0; block < blocks; block += 1)
    for (let k = 0; k < odd; k += 1) {
      let [sumRe, sumIm] = [0, 0];
      for (let t = 0; t < odd; t += 1) {
        const at = from + (starts[block]! + t * blocks) * step;
        const turn = ((k * t) % odd) * blocks;
        const [x, y, c, s] = [values.re[at]!, values.im[at]!, cos[turn]!, sin[turn]!];
        sumRe += x * c - y * s;
        sumIm += x * s + y * c;
      }
      re[block * odd + k] = sumRe;
      im[block * odd + k] = sumIm;
    }
  for (let size = odd; size < n; size *= 2) {
    const stride = n / (2 * size);
    for (let begin = 0; begin < n; begin += 2 * size)
      for (let k = 0; k < size; k += 1) {
        const [a, b] = [begin + k, begin + size + k];
        const c = cos[k * stride]!;
        const s = sin[k * stride]!;
        const x = re[b]! * c - im[b]! * s;
        const y = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a]! += x;
        im[a]! += y;
      }
  }
  for (let k = 0; k < n; k += 1) {
    values.re[from + k * step] = re[k]!;
    values.im[from + k * step] = im[k]!;
  }
}
