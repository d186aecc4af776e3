import { logitOf } from './probability.ts';
import { reliabilityBins } from './reliability.ts';

/**
 * Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, ICML, arXiv:1706.04599): logits are divided by the one number that
 * maximises the likelihood of the validation scans' labels. It changes neither the order of scans nor the side of a probability of
 * one half.
 */

/** A logit and its label, 1 for the positive class. @property weight how much it counts; a group's scans share 1. */
export type LabelledLogit = { logit: number; label: 0 | 1; weight: number };

/** Search range of the temperature: beyond it a network is useless, or separates the labels perfectly. */
export const temperatures = { least: 0.05, most: 20 } as const;

export { logitOf };

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** A network's calibrated probability. */
export const calibrated = (probability: number, temperature: number): number =>
  sigmoid(logitOf(probability) / temperature);

/** Mean negative log-likelihood of the labels at a temperature, nats. */
export function lossAt(temperature: number, scans: readonly LabelledLogit[]): number {
  let [sum, weights] = [0, 0];
  for (const { logit, label, weight } of scans) {
    const x = logit / temperature;
    sum += weight * (Math.max(x, 0) - x * label + Math.log1p(Math.exp(-Math.abs(x))));
    weights += weight;
  }
  return sum / weights;
}

/**
 * The temperature with the lowest loss, within `temperatures`. The loss is convex in 1/temperature, so the zero of its derivative
 * is found by bisection. 1 if there is nothing to fit.
 */
export function fitTemperature(scans: readonly LabelledLogit[]): number {
  if (scans.length === 0) return 1;
  const slope = (inverse: number): number =>
    scans.reduce(
      (sum, { logit, label, weight }) => sum + weight * logit * (sigmoid(logit * inverse) - label),
      0,
    );
  let [low, high] = [1 / temperatures.most, 1 / temperatures.least];
  if (slope(low) >= 0) return temperatures.most;
  if (slope(high) <= 0) return temperatures.least;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/**
 * Expected calibration error: the mean gap between predicted probability and observed frequency of the positive class, over bins of
 * equal width (Naeini, Cooper and Hauskrecht 2015, AAAI). 0 to 1; null without scans.
 */
export function expectedCalibrationError(
  probabilities: readonly number[],
  labels: readonly number[],
  bins = 10,
): number | null {
  const gaps = reliabilityBins(labels, probabilities, bins)
    .filter(({ count }) => count > 0)
    .map(({ count, predicted, observed }) => count * Math.abs(predicted - observed));
  return probabilities.length === 0 ? null : gaps.reduce((sum, gap) => sum + gap, 0) / probabilities.length;
}
