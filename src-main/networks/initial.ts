import { randomFrom } from '../statistics/random.ts';
import type { Parameter } from './parameters.ts';

/**
 * Initial values of a network without pretrained weights: Keras's defaults. Kernels are uniform in ±√(6 / (fan in + fan out))
 * (Glorot and Bengio, 2010); γ and variances 1; the rest 0.
 * @returns float32, row-major, the same for the same seed.
 */
export function initialValue(
  { shape, weight, key }: Pick<Parameter, 'shape' | 'weight' | 'key'>,
  seed: number,
): Float32Array {
  const size = shape.reduce((n, m) => n * m, 1);
  if (weight === 'gamma' || weight === 'moving_variance') return new Float32Array(size).fill(1);
  if (weight !== 'kernel' && weight !== 'depthwise_kernel') return new Float32Array(size);
  const receptive = shape.slice(0, -2).reduce((n, m) => n * m, 1);
  const limit = Math.sqrt(6 / (receptive * ((shape.at(-2) as number) + (shape.at(-1) as number))));
  const random = randomFrom(seed, key);
  return Float32Array.from({ length: size }, () => (2 * random() - 1) * limit);
}
