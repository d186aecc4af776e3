import { networkTable, type NetworkName } from '../../../src-main/contract/networks.ts';
import { memoryShare, type TrialEstimate } from '../../../src-main/contract/views.ts';

/** Whether a training as tried fits into the memory that is free now. */
export const fits = ({ peakBytes, freeBytes }: Pick<TrialEstimate, 'peakBytes' | 'freeBytes'>): boolean =>
  peakBytes <= memoryShare * freeBytes;

/** Until all runs are done, each begun on the device that is free first. @param devices how many there are. */
export function secondsInAll(
  estimates: readonly Pick<TrialEstimate, 'secondsInAll'>[],
  devices: number,
): number {
  const free = new Array<number>(Math.max(1, devices)).fill(0);
  for (const { secondsInAll } of estimates) free[free.indexOf(Math.min(...free))]! += secondsInAll;
  return Math.max(...free);
}

/** Seconds that a training may take: if it ends early, and if it does not and the computer is busier than it was. */
export type Range = { low: number; high: number };

/** What a later epoch may take more than those that were measured: other programs run now and then. */
const busier = 1.4;

/** How a run is trained, as far as it decides how long. */
export type Plan = {
  epochs: number;
  /** Epochs without getting better after which it ends; 0: it never ends early. */
  patience: number;
  imageSize: number;
  trainImages: number;
  validationImages: number;
};

/** Training images a second of a network at a size, as measured on this computer. */
export type Rate = { network: NetworkName; imageSize: number; imagesPerSecond: number };

/** A validation image takes about a third of a training image's time: it does not go backwards. */
const validationCost = 1 / 3;
/** A rate that was measured of another network or size says less. */
const transferred = 1.8;

/**
 * How long a run should take, from what was measured on this computer before; null where nothing was.
 * The rate of the same network and size counts; else that of the nearest, by the networks' relative costs and the pixels.
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
  return exact ? { low, high } : { low: low / transferred, high: high * transferred };
}

/** @param seconds of all epochs as measured. */
export function rangeOf(seconds: number, { epochs, patience }: Pick<Plan, 'epochs' | 'patience'>): Range {
  const least = patience > 0 ? Math.min(epochs, patience + 1) : epochs;
  return { low: (seconds * least) / epochs, high: seconds * busier };
}

/** Of runs one after another, or side by side on several devices. */
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
