import { randomFrom } from '../statistics/random.ts';
import type { Affine } from './affine.ts';
import { cholesky, eigen, inverseOfLower, timesTransposed } from './linear.ts';
import { SIGNATURE, signatureOf, smoothed } from './signature.ts';

/** Numbers in a point, a multiple of four. */
export const POINT = 24;
/** Views that are altered to learn from, and how often each. */
const [SAMPLE, TIMES] = [300, 4];
/** Added to the variance of each number within a scan, as a share of their mean. */
const RIDGE = 0.02;

/**
 * The directions in which signatures of different scans differ most, measured by how much those of one scan do:
 * Fisher's linear discriminant (Annals of Eugenics 7, 1936), with one scan's own made by altering views at random.
 * Distances between points are then in deviations of one scan.
 * @param signatures float32 [n, SIGNATURE]. @param view the n views. @returns float32 [POINT, SIGNATURE].
 */
export function discriminantOf(signatures: Float32Array, view: (index: number) => Uint8Array): Float32Array {
  const n = signatures.length / SIGNATURE;
  const within = withinScans(signatures, view, n);
  const between = covariance(signatures, n);
  let trace = 0;
  for (let i = 0; i < SIGNATURE; i += 1) trace += within[i * SIGNATURE + i]!;
  for (let i = 0; i < SIGNATURE; i += 1) within[i * SIGNATURE + i]! += (RIDGE * trace) / SIGNATURE + 1e-6;
  const whiten = inverseOfLower(cholesky(within, SIGNATURE)!, SIGNATURE);
  // whiten · between · whitenᵀ; `between` is symmetric.
  const whitened = timesTransposed(whiten, timesTransposed(whiten, between, SIGNATURE), SIGNATURE);
  const { values, vectors } = eigen(whitened, SIGNATURE);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, POINT);
  const discriminant = new Float32Array(POINT * SIGNATURE);
  order.forEach((vector, row) => {
    for (let j = 0; j < SIGNATURE; j += 1) {
      let sum = 0;
      for (let k = j; k < SIGNATURE; k += 1)
        sum += vectors[k * SIGNATURE + vector]! * whiten[k * SIGNATURE + j]!;
      discriminant[row * SIGNATURE + j] = sum;
    }
  });
  return discriminant;
}

/** A signature among the points of a discriminant. @param point float32 [POINT], written. */
export function pointOf(signature: Float32Array, discriminant: Float32Array, point: Float32Array): void {
  // Four at once: each sum waits for its last addition, not for the others'.
  for (let row = 0; row < POINT; row += 4) {
    let [one, two, three, four] = [0, 0, 0, 0];
    for (let k = 0, at = row * SIGNATURE; k < SIGNATURE; k += 1, at += 1) {
      const value = signature[k]!;
      one += discriminant[at]! * value;
      two += discriminant[at + SIGNATURE]! * value;
      three += discriminant[at + 2 * SIGNATURE]! * value;
      four += discriminant[at + 3 * SIGNATURE]! * value;
    }
    point[row] = one;
    point[row + 1] = two;
    point[row + 2] = three;
    point[row + 3] = four;
  }
}

function withinScans(signatures: Float32Array, view: (index: number) => Uint8Array, n: number): Float64Array {
  const random = randomFrom(1, 'alter');
  const sums = new Float64Array(SIGNATURE * SIGNATURE);
  const difference = new Float32Array(SIGNATURE);
  const sample = Math.min(n, SAMPLE);
  for (let k = 0; k < sample; k += 1) {
    const index = Math.floor((k * n) / sample);
    const whole = signatures.subarray(index * SIGNATURE, (index + 1) * SIGNATURE);
    for (let time = 0; time < TIMES; time += 1) {
      signatureOf(smoothed(relit(view(index), random)), moved(random), difference);
      for (let i = 0; i < SIGNATURE; i += 1) difference[i]! -= whole[i]!;
      addProducts(sums, difference, 1 / (sample * TIMES));
    }
  }
  return sums;
}

/** Another contrast and brightness, cut off at black and white. */
function relit(view: Uint8Array, random: () => number): Float32Array {
  const contrast = 1 + 0.35 * (2 * random() - 1);
  const brightness = 30 * (2 * random() - 1);
  const lit = new Float32Array(view.length);
  for (let at = 0; at < view.length; at += 1)
    lit[at] = Math.max(0, Math.min(255, 128 + contrast * (view[at]! - 128) + brightness));
  return lit;
}

/** A rotation by up to 15°, and what else a crop that none of `parts` meets may leave. */
function moved(random: () => number): Affine {
  const within = (reach: number) => reach * (2 * random() - 1);
  const angle = within(Math.PI / 12);
  const [width, height] = [1 + within(0.05), 1 + within(0.05)];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [width * cosine, -width * sine, within(0.04), height * sine, height * cosine, within(0.04)];
}

function covariance(signatures: Float32Array, n: number): Float64Array {
  const mean = new Float64Array(SIGNATURE);
  for (let i = 0; i < signatures.length; i += 1) mean[i % SIGNATURE]! += signatures[i]! / n;
  const sums = new Float64Array(SIGNATURE * SIGNATURE);
  const difference = new Float32Array(SIGNATURE);
  // More would not change it, and take longer.
  const sample = Math.min(n, 30 * SAMPLE);
  for (let k = 0; k < sample; k += 1) {
    const from = Math.floor((k * n) / sample) * SIGNATURE;
    for (let i = 0; i < SIGNATURE; i += 1) difference[i] = signatures[from + i]! - mean[i]!;
    addProducts(sums, difference, 1 / sample);
  }
  return sums;
}

/** Adds weight · vector · vectorᵀ. */
function addProducts(sums: Float64Array, vector: Float32Array, weight: number): void {
  for (let i = 0; i < SIGNATURE; i += 1) {
    const scaled = weight * vector[i]!;
    for (let j = 0; j < SIGNATURE; j += 1) sums[i * SIGNATURE + j]! += scaled * vector[j]!;
  }
}
