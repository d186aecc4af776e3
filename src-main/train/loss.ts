import { add, constant, exponential, log1p, maximum, mean, multiply, subtract } from '../graph/operations.ts';
import type { Tensor } from '../graph/graph.ts';

/**
 * Mean binary cross-entropy of logits, in the form that can't overflow: max(x,0) − x·z + ln(1 + e^−|x|).
 * @param logits float32 [n]. @param labels float32 [n], 0 or 1. @param weights float32 [n], of each example.
 * @param smoothing labels become z·(1 − s) + s/2.
 * @returns scalar Σ weight·loss / n.
 */
export function binaryCrossEntropy(
  logits: Tensor,
  labels: Tensor,
  weights: Tensor,
  smoothing: number,
): Tensor {
  const { graph } = logits;
  const targets =
    smoothing === 0
      ? labels
      : add(multiply(labels, constant(graph, 1 - smoothing)), constant(graph, smoothing / 2));
  const positive = maximum(logits, constant(graph, 0));
  // −|x| written as x − 2·max(x,0): at 0, where |x| and the maximum have no derivative, theirs add up to the loss's own.
  const tail = log1p(exponential(subtract(logits, multiply(positive, constant(graph, 2)))));
  return mean(multiply(add(subtract(positive, multiply(logits, targets)), tail), weights));
}
