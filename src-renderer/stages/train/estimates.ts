import { networkTable, type NetworkName } from '../../../src-main/contract/networks.ts';
import { memoryShare, type TrialEstimate } from '../../../src-main/contract/views.ts';

/** Whether a tried training fits into the memory that is free now. */
export const fits = ({ peakBytes, freeBytes }: Pick<TrialEstimate, 'peakBytes' | 'freeBytes'>): boolean =>
  peakBytes <= memoryShare * freeBytes;

/** Seconds until all runs are done, each started on the first free device. @param devices their number. */
export function secondsInAll(
  estimates: readonly Pick<TrialEstimate, 'secondsInAll'>[],
  devices: number,
): number {
  const free = new Array<number>(Math.max(1, devices)).fill(0);
  for (const { secondsInAll } of estimates) free[free.indexOf(Math.min(...free))]! += secondsInAll;
  return Math.max(...free);
}

/** Seconds a training may take: if it stops early, and if it doesn't and the computer is busier than when measured. */
export type Range = { low: number; high: number };

/** How much slower later epochs may be than the measured ones: other programs run now and then. */
const busyFactor = 1.4;

/** The settings and data that determine a run's duration. */
export type Plan = {
  epochs: number;
  /** Early-stopping patience in epochs; 0: no early stopping. */
  patience: number;
  imageSize: number;
  trainImages: number;
  validationImages: number;
};

/** Training images per second of a network at an image size, as measured on this computer. */
export type Rate = { network: NetworkName; imageSize: number; imagesPerSecond: number };

/** Cost of a validation image relative to a training image: it has no backward pass. */
const validationCost = 1 / 3;
/** Extra uncertainty of a rate measured with another network or size. */
const transferFactor = 1.8;

/**
 * Expected duration of a run, from earlier measurements on this computer; null without any.
 * Uses the rate of the same network and size, else the nearest one scaled by the networks' relative costs and the pixels.
 */
export function rangeFrom(network: NetworkName, plan: Plan, rates: readonly Rate[]): Range | null {
  const exact = rates.findLast((rate) => rate.network === network && rate.imageSize === plan.imageSize);
  const near = exact ?? rates.findLast((rate) => rate.network === network) ?? rates.at(-1);
  if (!near) return null;
  const cost = (name: NetworkName, size: number) => networkTable[name].relativeCost * size ** 2;
  const imagesPerSecond =
    (near.imagesPerSecond * cost(near.network, near.imageSize)) / cost(network, plan.imageSize);
  const secondsPerEpoch = (plan.trainImages + validationCost * plan.validationImages) / imagesPerSecond;
  const { low, high } = rangeOf(plan.epochs * secondsPerEpoch, plan);
  return exact ? { low, high } : { low: low / transferFactor, high: high * transferFactor };
}

/** @param seconds of all epochs at the measured rate. */
export function rangeOf(seconds: number, { epochs, patience }: Pick<Plan, 'epochs' | 'patience'>): Range {
  const least = patience > 0 ? Math.min(epochs, patience + 1) : epochs;
  return { low: (seconds * least) / epochs, high: seconds * busyFactor };
}

/** For runs one after another, or in parallel on several devices. */
export const rangeOfAll = (ranges: readonly Range[], devices: number): Range => ({
  low: secondsInAll(
    ranges.map(({ low }) => ({ secondsInAll: low })),
    devices,
  ),
  high: secondsInAll(
    ranges.map(({ high }) => ({ secondsInAll: high })),
    devices,
  ),
});
