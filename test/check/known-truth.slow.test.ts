import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { alterations, markings } from './check-fixtures.ts';
import { distinctScans, findMade, total } from './known-truth.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');
const combined = ['all, geometry first', 'all, levels first'];
const marks = Object.keys(markings);
const single = Object.keys(alterations).filter((how) => !combined.includes(how));

describe.skipIf(!existsSync(data))('twins made of distinct real scans (../shared/data)', () => {
  const datasets = ['navoneel', 'brain-tumor-dataset'];
  let scans: string[][];
  beforeAll(async () => {
    scans = await distinctScans(datasets);
  });

  // Each dataset shows whether thresholds chosen on the other would have been good: see docs/measurements.md.
  test.each([
    ['navoneel', 0],
    ['brain-tumor-dataset, without what navoneel has', 1],
  ])('are found, and no others: %s', async (_, dataset) => {
    const { recall, precision, wrong } = await findMade(scans[dataset]!, (scan) => [
      ...combined,
      single[scan % single.length]!,
      marks[scan % marks.length]!,
    ]);
    const marked = total(marks.map((how) => recall.get(how)!));
    expect(marked.right / marked.of).toBeGreaterThanOrEqual(0.985);
    const found = total(recall.values());
    expect(found.of).toBeGreaterThan(400);
    expect(found.right / found.of).toBeGreaterThanOrEqual(0.97);
    expect(precision.right / precision.of, wrong.join('\n')).toBeGreaterThanOrEqual(0.99);
  });
});
