import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultGrouping, groupsOf } from '../../../src-main/check/scan-groups.ts';
import { message } from '../../../src-main/contract/messages/catalogue.ts';
import { auditShortcuts } from '../../../src-main/check/shortcut-audit.ts';
import { binned } from '../../../src-main/check/shortcuts/bins.ts';
import { crossValidate } from '../../../src-main/check/shortcuts/cross-validate.ts';
import { readRows } from '../../../src-main/check/shortcuts/read-rows.ts';
import { shortcutKinds, type ShortcutAudit } from '../../../src-main/contract/check.ts';
import { importFolder } from '../../../src-main/import/import-handlers.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { python, pythonEnvironment } from '../../python.ts';

const data = path.join(import.meta.dirname, '../../../../shared/data');

/** Repetitions of the folds, fewer than an audit's own: scikit-learn takes milliseconds per tree. */
const REPEATS = 3;

describe.skipIf(!existsSync(data)).each(['navoneel', 'brain-tumor-dataset'])(
  '%s (../shared/data)',
  (name) => {
    const home = mkdtempSync(path.join(tmpdir(), 'falx-shortcuts-real-'));
    let registry: Registry;
    let audit: ShortcutAudit;
    beforeAll(async () => {
      registry = Registry.open(home);
      const { dataset } = await importFolder({ registry, folder: path.join(data, name) });
      audit = await auditShortcuts({ registry, datasetId: dataset.id });
    });
    afterAll(() => {
      registry.close();
      rmSync(home, { recursive: true });
    });

    test('a forest of scikit-learn’s trees and a cluster bootstrap of NumPy say the same', async () => {
      const dataset = registry.datasets.get(audit.datasetId);
      const { labels: numbers } = groupsOf(registry, dataset.id, defaultGrouping(registry, dataset.id));
      const images = registry.images
        .list(dataset.id)
        .map((image, place) => ({ image, group: numbers[place]! }));
      const rows = await readRows(registry, dataset, images, () => undefined);
      const labels = rows.map(({ image }) => Number(image.className === dataset.positive));
      const groups = rows.map(({ group }) => group);
      const ours = [];
      const cases = [];
      for (const kind of shortcutKinds) {
        const features = rows.map((row) => row.features[kind]);
        const evaluated = await crossValidate(
          await binned(features, 128),
          labels,
          groups,
          7,
          () => Promise.resolve(),
          REPEATS,
        );
        const folds = evaluated.assignments.map(() => Array<number>(rows.length));
        const weights = Array<number>(rows.length);
        evaluated.groups.forEach((group, at) => {
          for (const row of group.rows) {
            evaluated.assignments.forEach((fold, repeat) => (folds[repeat]![row] = fold[at]!));
            weights[row] = 1 / group.rows.length;
          }
        });
        const called = evaluated.predicted.map((classes) => [...classes]);
        ours.push(evaluated);
        cases.push({ rows: features.map((row) => [...row]), labels, groups, folds, weights, called });
      }
      const file = path.join(home, 'cases.json');
      writeFileSync(file, JSON.stringify(cases));
      const executable = await pythonEnvironment('groups', [
        'scikit-learn==1.7.2',
        'scipy==1.16.3',
        'numpy==2.3.4',
      ]);
      const script = path.join(import.meta.dirname, 'learn.py');
      const theirs = JSON.parse(await python(executable, [script, file])) as {
        forest: number[];
        interval: [value: number, low: number, high: number];
      }[];

      for (const [at, kind] of shortcutKinds.entries()) {
        const { probabilities, balancedAccuracy, low, high } = ours[at]!;
        // Forests with other random draws differ by chance, less with more trees.
        expect(correlation([...probabilities], theirs[at]!.forest), `${kind}: forest`).toBeGreaterThan(0.95);
        expect(mean(probabilities.map((ours, row) => ours - theirs[at]!.forest[row]!))).toBeCloseTo(0, 1.5);
        const [value, theirLow, theirHigh] = theirs[at]!.interval;
        expect(balancedAccuracy, kind).toBeCloseTo(value, 9);
        expect(Math.abs(low - theirLow), `${kind}: low`).toBeLessThan(0.01);
        expect(Math.abs(high - theirHigh), `${kind}: high`).toBeLessThan(0.01);
      }
    });

    // The larger one takes minutes.
    const small = name === 'navoneel';

    test.runIf(small)('another seed moves no figure by more than 0.02', async () => {
      const other = await auditShortcuts({ registry, datasetId: audit.datasetId, seed: 1234 });
      for (const [at, { kind, balancedAccuracy }] of audit.shortcuts.entries())
        expect(Math.abs(other.shortcuts[at]!.balancedAccuracy - balancedAccuracy), kind).toBeLessThan(0.02);
    });

    test.runIf(small)('the same seed gives the same audit', async () => {
      const again = await auditShortcuts({ registry, datasetId: audit.datasetId });
      expect(again.shortcuts).toEqual(audit.shortcuts);
      expect(registry.checks.shortcuts(audit.datasetId)).toEqual(again);
    });

    test('gives away what a person can count', () => {
      const [file] = audit.shortcuts;
      const of512 = (className: string) =>
        registry.images
          .list(audit.datasetId)
          .filter((image) => image.className === className && image.width === 512 && image.height === 512)
          .length;
      if (name === 'navoneel') expect(file).toMatchObject({ verdict: 'notice' });
      else {
        // As Pillow counts them.
        expect([of512('Brain Tumor'), of512('Healthy')]).toEqual([225, 6]);
        expect(file).toMatchObject({
          verdict: 'warn',
          reasons: [{ feature: message('featureSize', { width: 512, height: 512 }) }, {}, {}, {}],
        });
      }
    });
  },
);

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a, b].map((of) => of.map((value) => value - mean(of))) as [number[], number[]];
  const product = (p: number[], q: number[]) => p.reduce((sum, value, at) => sum + value * q[at]!, 0);
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}
