import { clampProbability } from '../../../src-main/statistics/probability.ts';
import type { RunEvaluation } from './misclassified.ts';

/** A test image with every run's prediction. */
export type BrowsedScan = {
  imageId: number;
  file: string;
  className: string;
  label: 0 | 1;
  /** In the order of the runs. */
  answers: { runId: string; probability: number }[];
  /** Mean cross-entropy of the answers, nats. */
  loss: number;
  /** Difference between the highest and the lowest probability, 0 to 1. */
  disagreement: number;
  /** Distance of the mean probability from 0.5, 0 to 0.5. */
  confidence: number;
};

export const scanOrders = ['loss', 'disagreement', 'leastConfident', 'mostConfident', 'file'] as const;
export type ScanOrder = (typeof scanOrders)[number];
export const scanFilters = ['all', 'wrong', 'missed', 'falseAlarm', 'disputed'] as const;
export type ScanFilter = (typeof scanFilters)[number];

/** Every test image with the predictions of all runs. */
export function browsedScans(evaluated: readonly RunEvaluation[]): BrowsedScan[] {
  const scans = new Map<number, BrowsedScan>();
  for (const { runId, images } of evaluated)
    for (const { imageId, file, className, label, probability } of images) {
      const scan = scans.get(imageId) ?? {
        imageId,
        file,
        className,
        label,
        answers: [],
        loss: 0,
        disagreement: 0,
        confidence: 0,
      };
      scan.answers.push({ runId, probability });
      scans.set(imageId, scan);
    }
  for (const scan of scans.values()) {
    const values = scan.answers.map(({ probability }) => probability);
    const mean = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0) / of.length;
    scan.loss = mean(values.map((one) => -Math.log(clampProbability(scan.label === 1 ? one : 1 - one))));
    scan.disagreement = Math.max(...values) - Math.min(...values);
    scan.confidence = Math.abs(mean(values) - 0.5);
  }
  return [...scans.values()];
}

const comparators: Readonly<Record<ScanOrder, (a: BrowsedScan, b: BrowsedScan) => number>> = {
  loss: (a, b) => b.loss - a.loss,
  disagreement: (a, b) => b.disagreement - a.disagreement,
  leastConfident: (a, b) => a.confidence - b.confidence,
  mostConfident: (a, b) => b.confidence - a.confidence,
  file: (a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)),
};

/**
 * The scans that match, in order; ties by id.
 * @param picked ids selected in a figure; null for all. @param search part of the file's name.
 */
export function chosenScans(
  scans: readonly BrowsedScan[],
  {
    order,
    filter,
    threshold,
    picked,
    search,
  }: {
    order: ScanOrder;
    filter: ScanFilter;
    threshold: number;
    picked: ReadonlySet<number> | null;
    search: string;
  },
): BrowsedScan[] {
  const wrong = ({ answers, label }: BrowsedScan) =>
    answers.filter(({ probability }) => probability >= threshold !== (label === 1)).length;
  const passes: Readonly<Record<ScanFilter, (scan: BrowsedScan) => boolean>> = {
    all: () => true,
    wrong: (scan) => wrong(scan) > 0,
    missed: (scan) => scan.label === 1 && wrong(scan) > 0,
    falseAlarm: (scan) => scan.label === 0 && wrong(scan) > 0,
    disputed: (scan) => wrong(scan) > 0 && wrong(scan) < scan.answers.length,
  };
  const wanted = search.trim().toLowerCase();
  return scans
    .filter(
      (scan) =>
        (picked === null || picked.has(scan.imageId)) &&
        passes[filter](scan) &&
        (wanted === '' || scan.file.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => comparators[order](a, b) || a.imageId - b.imageId);
}
