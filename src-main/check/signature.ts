import type { Affine } from './affine.ts';
import { boxBlur } from './blur.ts';
import { VIEW } from './head.ts';

const RINGS = 8;
const ANGLES = 32;
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
    for (let harmonic = 0; harmonic < HARMONICS; harmonic += 1) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < ANGLES; k += 1) {
        const value = samples[ring * ANGLES + k]!;
        const angle = (harmonic * k) % ANGLES;
        re += value * cosines[angle]!;
        im += value * sines[angle]!;
      }
      const scale = harmonic === 0 ? weight : Math.SQRT2 * weight;
      real[ring * HARMONICS + harmonic] = scale * re;
      imaginary[ring * HARMONICS + harmonic] = scale * im;
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

/** Fills `samples`, less their mean. @returns their deviation; outer rings weigh more, as there is more in them. */
function sampleRings(view: Float32Array, [a, b, c, d, e, f]: Affine): number {
  let sum = 0;
  let squares = 0;
  let weights = 0;
  for (let ring = 0; ring < RINGS; ring += 1) {
    const radius = (ring + 0.7) / RINGS;
    for (let k = 0; k < ANGLES; k += 1) {
      const x = radius * cosines[k]!;
      const y = radius * sines[k]!;
      const u = ((a * x + b * y + c + 1) * VIEW) / 2 - 0.5;
      const v = ((d * x + e * y + f + 1) * VIEW) / 2 - 0.5;
      const value = between(view, u, v);
      samples[ring * ANGLES + k] = value;
      sum += radius * value;
      squares += radius * value * value;
      weights += radius;
    }
  }
  const mean = sum / weights;
  for (let i = 0; i < samples.length; i += 1) samples[i]! -= mean;
  return Math.sqrt(Math.max(1e-6, squares / weights - mean * mean));
}

/** The value between four pixels; beyond the edge, the edge's. */
function between(view: Float32Array, u: number, v: number): number {
  const x = Math.max(0, Math.min(VIEW - 1.001, u));
  const y = Math.max(0, Math.min(VIEW - 1.001, v));
  const column = x | 0;
  const row = y | 0;
  const at = row * VIEW + column;
  const upper = view[at]! + (x - column) * (view[at + 1]! - view[at]!);
  const lower = view[at + VIEW]! + (x - column) * (view[at + VIEW + 1]! - view[at + VIEW]!);
  return upper + (y - row) * (lower - upper);
}
