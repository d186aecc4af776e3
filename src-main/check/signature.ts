import { HEAD } from './head.ts';

const RINGS = 8;
const ANGLES = 32;
const HARMONICS = 7;
/** Numbers in a signature. */
export const SIGNATURE = RINGS * HARMONICS;

/** A part of the head's square: middle and half side, in half sides of the whole. */
type Window = readonly [x: number, y: number, width: number, height: number];

/** The whole, and what cropping by up to a tenth may have left of it: from one side, from a corner, all around. */
const windows: readonly Window[] = [
  [0, 0, 1, 1],
  [0.06, 0, 0.94, 1],
  [-0.06, 0, 0.94, 1],
  [0, 0.06, 1, 0.94],
  [0, -0.06, 1, 0.94],
  [0.06, 0.06, 0.94, 0.94],
  [-0.06, 0.06, 0.94, 0.94],
  [0.06, -0.06, 0.94, 0.94],
  [-0.06, -0.06, 0.94, 0.94],
  [0, 0, 0.94, 0.94],
  [0, 0, 0.88, 0.88],
  [0, 0, 0.9, 1],
  [0, 0, 1, 0.9],
];

/**
 * Signatures of the head in `windows`, the whole first. A signature is the size of the angular Fourier harmonics on
 * rings about the middle, which neither turning nor mirroring changes, nor brightness and contrast.
 * @param head uint8 [HEAD, HEAD]. @returns float32 [windows, SIGNATURE].
 */
export function signatures(head: Uint8Array): Float32Array {
  const smooth = smoothed(head);
  const all = new Float32Array(windows.length * SIGNATURE);
  windows.forEach((window, index) => {
    signatureOf(smooth, window, all.subarray(index * SIGNATURE, (index + 1) * SIGNATURE));
  });
  return all;
}

const cosines = Float32Array.from({ length: ANGLES }, (_, k) => Math.cos((2 * Math.PI * k) / ANGLES));
const sines = Float32Array.from({ length: ANGLES }, (_, k) => Math.sin((2 * Math.PI * k) / ANGLES));

function signatureOf(head: Float32Array, [cx, cy, width, height]: Window, out: Float32Array): void {
  const samples = new Float32Array(RINGS * ANGLES);
  let [sum, squares, weights] = [0, 0, 0];
  for (let ring = 0; ring < RINGS; ring += 1) {
    const radius = (ring + 0.7) / RINGS;
    for (let k = 0; k < ANGLES; k += 1) {
      const x = ((cx + width * radius * cosines[k]! + 1) * HEAD) / 2 - 0.5;
      const y = ((cy + height * radius * sines[k]! + 1) * HEAD) / 2 - 0.5;
      const value = sample(head, x, y);
      samples[ring * ANGLES + k] = value;
      sum += radius * value;
      squares += radius * value * value;
      weights += radius;
    }
  }
  const mean = sum / weights;
  const deviation = Math.sqrt(Math.max(1e-6, squares / weights - mean * mean));
  for (let ring = 0; ring < RINGS; ring += 1) {
    const weight = Math.sqrt((ring + 0.7) / RINGS) / (ANGLES * deviation);
    for (let harmonic = 0; harmonic < HARMONICS; harmonic += 1) {
      let [re, im] = [0, 0];
      for (let k = 0; k < ANGLES; k += 1) {
        const value = samples[ring * ANGLES + k]! - mean;
        const at = (harmonic * k) % ANGLES;
        re += value * cosines[at]!;
        im += value * sines[at]!;
      }
      out[ring * HARMONICS + harmonic] =
        weight * (harmonic === 0 ? re : Math.SQRT2 * Math.sqrt(re * re + im * im));
    }
  }
}

function sample(head: Float32Array, x: number, y: number): number {
  const x0 = Math.max(0, Math.min(HEAD - 2, Math.floor(x)));
  const y0 = Math.max(0, Math.min(HEAD - 2, Math.floor(y)));
  const fx = Math.max(0, Math.min(1, x - x0));
  const fy = Math.max(0, Math.min(1, y - y0));
  const at = y0 * HEAD + x0;
  const above = head[at]! * (1 - fx) + head[at + 1]! * fx;
  const below = head[at + HEAD]! * (1 - fx) + head[at + HEAD + 1]! * fx;
  return above * (1 - fy) + below * fy;
}

/** The mean of 5 × 5 pixels: rings are sampled sparsely. */
function smoothed(head: Uint8Array): Float32Array {
  const across = new Float32Array(HEAD * HEAD);
  const both = new Float32Array(HEAD * HEAD);
  const at = (index: number) => Math.max(0, Math.min(HEAD - 1, index));
  for (let y = 0; y < HEAD; y += 1)
    for (let x = 0; x < HEAD; x += 1) {
      let sum = 0;
      for (let d = -2; d <= 2; d += 1) sum += head[y * HEAD + at(x + d)]!;
      across[y * HEAD + x] = sum / 5;
    }
  for (let y = 0; y < HEAD; y += 1)
    for (let x = 0; x < HEAD; x += 1) {
      let sum = 0;
      for (let d = -2; d <= 2; d += 1) sum += across[at(y + d) * HEAD + x]!;
      both[y * HEAD + x] = sum / 5;
    }
  return both;
}
