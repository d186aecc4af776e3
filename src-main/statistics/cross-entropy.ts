/**
 * Mean binary cross-entropy. @param logits [n]. @param labels 0 or 1, [n]. @returns nats.
 */
export function crossEntropyOf(logits: Float32Array, labels: readonly number[]): number {
  let sum = 0;
  for (const [i, x] of logits.entries())
    sum += Math.max(x, 0) - x * (labels[i] as number) + Math.log1p(Math.exp(-Math.abs(x)));
  return sum / logits.length;
}
