import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldMeasureNames, type FoldMeasure, type FoldMeasureName } from '../../src-main/contract/views.ts';
import { poolInSteps, type OutOfFold } from '../../src-main/evaluate/pooled.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { python, pythonEnvironment } from '../python.ts';

/** Scans in groups with similar answers; few distinct probabilities, so that there are ties. */
function made(name: string, groups: number, most: number, folds: number, steps: number): OutOfFold[] {
  const random = randomFrom(groups, name);
  return Array.from({ length: groups }, (_, group): OutOfFold[] => {
    const label = random() < 0.55 ? 1 : 0;
    const fold = group % folds;
    const leaning = 0.35 * random() + (label ? 0.4 : 0.2);
    return Array.from({ length: 1 + Math.floor(most * random()) }, () => ({
      fold,
      group,
      label,
      probability: Math.round(steps * Math.min(1, leaning + 0.2 * random())) / steps,
    }));
  }).flat();
}

const cases: Record<string, OutOfFold[]> = {
  'single scans': made('single', 250, 1, 5, 1e6),
  'twins and copies': made('twins', 180, 4, 5, 1000),
  'patients of many slices': made('patients', 60, 40, 3, 1e6),
  ties: made('ties', 200, 3, 10, 12),
};

type Theirs = Record<FoldMeasureName, FoldMeasure>;
let theirs: Theirs[];
beforeAll(async () => {
  const executable = await pythonEnvironment('groups', [
    'scikit-learn==1.7.2',
    'scipy==1.16.3',
    'numpy==2.3.4',
  ]);
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-pooled-'));
  try {
    const input = path.join(folder, 'cases.json');
    const column = (answers: OutOfFold[]) => ({
      folds: answers.map(({ fold }) => fold),
      groups: answers.map(({ group }) => group),
      labels: answers.map(({ label }) => label),
      probabilities: answers.map(({ probability }) => probability),
    });
    writeFileSync(input, JSON.stringify(Object.values(cases).map(column)));
    const script = path.join(import.meta.dirname, 'pooled.py');
    theirs = JSON.parse(await python(executable, [script, input])) as Theirs[];
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('scikit-learn’s reference, pooled.py, has every measure of folds', () => {
  for (const their of theirs)
    for (const name of foldMeasureNames)
      expect(Object.keys(their), `pooled.py lacks ${name}`).toContain(name);
});

describe.each(Object.keys(cases))('cross-validation on %s', (what) => {
  test('is what scikit-learn makes of the same answers, with SciPy’s bootstrap of groups (BCa)', () => {
    const { measures } = runToEnd(poolInSteps(cases[what]!, 0.5));
    const reference = theirs[Object.keys(cases).indexOf(what)]!;
    for (const name of foldMeasureNames) {
      const [ours, its] = [measures[name], reference[name]];
      for (const key of ['mean', 'sd', 'pooled'] as const)
        expect(ours[key], `${name} ${key}`).toBeCloseTo(its[key]!, 10);
      // Two bootstraps of thousands of draws differ by chance.
      const width = its.high! - its.low!;
      for (const key of ['low', 'high'] as const)
        expect(Math.abs(ours[key]! - its[key]!), `${name} ${key}`).toBeLessThan(0.1 * width);
    }
  });
});
