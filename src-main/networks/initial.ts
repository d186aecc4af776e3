import type { Parameter } from './parameters.ts';

/**
 * Numbers a network starts from when it has no pretrained weights: Keras's defaults. Kernels are uniform in
 * ±√(6 / (fan in + fan out)) (Glorot and Bengio, 2010); γ and variances 1; the rest 0.
 * @returns float32, row-major, the same for the same seed.
 */
export function initialValue({ shape, weight, key }: Pick<Parameter, 'shape' | 'weight' | 'key'>, seed: number): Float32Array {
  const size = shape.reduce((n, m) => n * m, 1);
  if (weight === 'gamma' || weight === 'moving_variance') return new Float32Array(size).fill(1);
  if (weight !== 'kernel' && weight !== 'depthwise_kernel') return new Float32Array(size);
  const receptive = shape.slice(0, -2).reduce((n, m) => n * m, 1);
  const limit = Math.sqrt(6 / (receptive * ((shape.at(-2) as number) + (shape.at(-1) as number))));
  const next = generator(seed, key);
  return Float32Array.from({ length: size }, () => (2 * next() - 1) * limit);
}

/** Uniform numbers in [0, 1): Mulberry32, started from a seed and a name (FNV-1a), so order does not matter. */
function generator(seed: number, name: string): () => number {
  let state = 0x811c9dc5 ^ seed;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
