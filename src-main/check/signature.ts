import type { Affine } from './affine.ts';
import { boxBlur } from './blur.ts';
import { VIEW } from './head.ts';

const RINGS = 8;
const ANGLES = 32;
/** One, and an even number more. */
const HARMONICS = 7;
/** Numbers in a signature. */
export const SIGNATURE = RINGS * HARMONICS + (RINGS - 1) * (HARMONICS - 1);

const part = (x: number, y: number, width: number, height: number): Affine => [width, 0, x, 0, height, y];

/** The whole view, and what cropping by up to a tenth may have left of it: from one side, from a corner, all around. */
export const parts: readonly Affine[] = [
  part(0, 0, 1, 1),
  part(0.06, 0, 0.94, 1),
  part(-0.06, 0, 0.94, 1),
  part(0, 0.06, 1, 0.94),
  part(0, -0.06, 1, 0.94),
  part(0.06, 0.06, 0.94, 0.94),
  part(-0.06, 0.06, 0.94, 0.94),
  part(0.06, -0.06, 0.94, 0.94),
  part(-0.06, -0.06, 0.94, 0.94),
  part(0.1, 0.1, 0.9, 0.9),
  part(-0.1, 0.1, 0.9, 0.9),
  part(0.1, -0.1, 0.9, 0.9),
  part(-0.1, -0.1, 0.9, 0.9),
  part(0, 0, 0.94, 0.94),
  part(0, 0, 0.88, 0.88),
  part(0, 0, 0.9, 1),
  part(0, 0, 1, 0.9),
];

/** The same, and as a view would be of which it is what cropping left; beyond its edges they are repeated. */
export const widerParts: readonly Affine[] = [...parts, part(0, 0, 1.06, 1.06), part(0, 0, 1.12, 1.12)];

/** What signatures are read from: the mean of 5 × 5 pixels, as rings are sampled sparsely. */
export const smoothed = (view: ArrayLike<number>): Float32Array => boxBlur(view, VIEW, 2);

const cosines = Float32Array.from({ length: ANGLES }, (_, k) => Math.cos((2 * Math.PI * k) / ANGLES));
const sines = Float32Array.from({ length: ANGLES }, (_, k) => Math.sin((2 * Math.PI * k) / ANGLES));
/** The same of the angles of each harmonic: float32 [HARMONICS, ANGLES]. */
const ofHarmonics = (of: Float32Array) =>
  Float32Array.from(
    { length: HARMONICS * ANGLES },
    (_, i) => of[(Math.floor(i / ANGLES) * (i % ANGLES)) % ANGLES]!,
  );
const [harmonicCosines, harmonicSines] = [ofHarmonics(cosines), ofHarmonics(sines)];
/** Work space: a ring's samples, and the harmonics of all rings. */
const samples = new Float32Array(RINGS * ANGLES);
const real = new Float64Array(RINGS * HARMONICS);
const imaginary = new Float64Array(RINGS * HARMONICS);

/**
 * The signature of a part of a view: on rings about its middle, the size of the angular Fourier harmonics, and how far
 * each is in step with that of the next ring. Neither turning nor mirroring changes these, nor brightness and contrast.
 * @param view as `smoothed` makes it. @param at maps the unit disc to the part of it. @param out float32 [SIGNATURE].
 */
export function signatureOf(view: Float32Array, at: Affine, out: Float32Array): void {
  const deviation = sampleRings(view, at);
  for (let ring = 0; ring < RINGS; ring += 1) {
    const weight = Math.sqrt((ring + 0.7) / RINGS) / (ANGLES * deviation);
    const [from, to] = [ring * ANGLES, ring * HARMONICS];
    let sum = 0;
    for (let k = 0; k < ANGLES; k += 1) sum += samples[from + k]!;
    real[to] = weight * sum;
    // Two at once: each sum waits for its last addition, not for the other's.
    for (let harmonic = 1; harmonic < HARMONICS; harmonic += 2) {
      let [re, im, reNext, imNext] = [0, 0, 0, 0];
      for (let k = 0, at = harmonic * ANGLES; k < ANGLES; k += 1, at += 1) {
        const value = samples[from + k]!;
        re += value * harmonicCosines[at]!;
        im += value * harmonicSines[at]!;
        reNext += value * harmonicCosines[at + ANGLES]!;
        imNext += value * harmonicSines[at + ANGLES]!;
      }
      const scale = Math.SQRT2 * weight;
      real[to + harmonic] = scale * re;
      imaginary[to + harmonic] = scale * im;
      real[to + harmonic + 1] = scale * reNext;
      imaginary[to + harmonic + 1] = scale * imNext;
    }
  }
  let to = 0;
  for (let i = 0; i < RINGS * HARMONICS; i += 1)
    out[to++] = i % HARMONICS === 0 ? real[i]! : Math.sqrt(sizeSquared(i));
  for (let i = 0; i < (RINGS - 1) * HARMONICS; i += 1) {
    if (i % HARMONICS === 0) continue;
    const next = i + HARMONICS;
    const inStep = real[i]! * real[next]! + imaginary[i]! * imaginary[next]!;
    out[to++] = inStep / Math.max(1e-6, Math.sqrt(Math.sqrt(sizeSquared(i) * sizeSquared(next))));
  }
}

const sizeSquared = (i: number): number => real[i]! * real[i]! + imaginary[i]! * imaginary[i]!;

/** Where the rings of a part lie: of each sample the pixel above and left of it, and how far it is from there. */
interface Rings {
  at: Uint16Array;
  /** float64: rounded, other digits would come out. */
  right: Float64Array;
  down: Float64Array;
}

/** Of the parts above, which are asked of every view. */
const known = new Map<Affine, Rings>();
const others = emptyRings();

function emptyRings(): Rings {
  const length = RINGS * ANGLES;
  return { at: new Uint16Array(length), right: new Float64Array(length), down: new Float64Array(length) };
}

function ringsOf(part: Affine): Rings {
  const there = known.get(part);
  if (there) return there;
  const isAsked = widerParts.includes(part);
  const rings = isAsked ? emptyRings() : others;
  putRings(part, rings);
  if (isAsked) known.set(part, rings);
  return rings;
}

/** Beyond the edge of a view lies the edge. */
function putRings([a, b, c, d, e, f]: Affine, { at, right, down }: Rings): void {
  for (let i = 0; i < at.length; i += 1) {
    const radius = radiusOf(Math.floor(i / ANGLES));
    const [x, y] = [radius * cosines[i % ANGLES]!, radius * sines[i % ANGLES]!];
    const u = Math.max(0, Math.min(VIEW - 1.001, ((a * x + b * y + c + 1) * VIEW) / 2 - 0.5));
    const v = Math.max(0, Math.min(VIEW - 1.001, ((d * x + e * y + f + 1) * VIEW) / 2 - 0.5));
    const [column, row] = [u | 0, v | 0];
    at[i] = row * VIEW + column;
    right[i] = u - column;
    down[i] = v - row;
  }
}

const radiusOf = (ring: number): number => (ring + 0.7) / RINGS;

/** Fills `samples`, less their mean. @returns their deviation; outer rings weigh more, as there is more in them. */
function sampleRings(view: Float32Array, part: Affine): number {
  const { at, right, down } = ringsOf(part);
  let sum = 0;
  let squares = 0;
  let weights = 0;
  for (let ring = 0; ring < RINGS; ring += 1) {
    const radius = radiusOf(ring);
    for (let i = ring * ANGLES; i < (ring + 1) * ANGLES; i += 1) {
      const pixel = at[i]!;
      const upper = view[pixel]! + right[i]! * (view[pixel + 1]! - view[pixel]!);
      const lower = view[pixel + VIEW]! + right[i]! * (view[pixel + VIEW + 1]! - view[pixel + VIEW]!);
      const value = upper + down[i]! * (lower - upper);
      samples[i] = value;
      sum += radius * value;
      squares += radius * value * value;
      weights += radius;
    }
  }
  const mean = sum / weights;
  for (let i = 0; i < samples.length; i += 1) samples[i]! -= mean;
  return Math.sqrt(Math.max(1e-6, squares / weights - mean * mean));
}
