import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { components } from '../../src-main/check/linked-components.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { assignFolds } from '../../src-main/split/assign-folds.ts';
import { python, pythonEnvironment } from '../python.ts';

const random = randomFrom(11, 'reference');
const pick = (n: number) => Math.floor(n * random());

/** Graphs of few to many edges a node: from all alone to one component. */
const graphs = Array.from({ length: 40 }, (_, round): [number, [number, number][]] => {
  const nodes = 1 + pick(3000);
  const edges = Array.from({ length: Math.floor((nodes * round) / 30) }, (): [number, number] => [
    pick(nodes),
    pick(nodes),
  ]);
  return [nodes, edges];
});

interface Case {
  what: string;
  folds: number;
  seed: number;
  /** [label, group] of each image. */
  images: [number, number][];
}

/** Groups as they come: twins, patients with one class, patients with both, a few huge ones. */
const kinds: Record<string, (group: number) => { size: number; share: number }> = {
  'twin groups': (group) => ({ size: pick(3) === 0 ? 2 + pick(4) : 1, share: group % 5 < 3 ? 1 : 0 }),
  'patients of one class': (group) => ({ size: 1 + pick(30), share: group % 3 === 0 ? 1 : 0 }),
  'patients of both classes': () => ({ size: 1 + pick(40), share: random() }),
  'a few huge groups': (group) => ({
    size: group % 12 === 0 ? 60 + pick(60) : 1 + pick(6),
    share: group % 2,
  }),
};
const cases = Object.entries(kinds).flatMap(([what, kind]) =>
  Array.from({ length: 15 }, (_, seed): Case => {
    const folds = 2 + pick(9);
    const images = Array.from({ length: 60 + pick(200) }, (_, group) => {
      const { size, share } = kind(group);
      return Array.from({ length: size }, (): [number, number] => [Number(random() < share), group]);
    }).flat();
    return { what, folds, seed, images };
  }),
);

let answers: { components: number[][]; folds: Record<string, number[]>[] };
beforeAll(async () => {
  const executable = await pythonEnvironment('groups', [
    'scikit-learn==1.7.2',
    'scipy==1.16.3',
    'numpy==2.3.4',
  ]);
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-reference-'));
  try {
    const input = path.join(folder, 'cases.json');
    writeFileSync(input, JSON.stringify({ components: graphs, folds: cases }));
    answers = JSON.parse(
      await python(executable, [path.join(import.meta.dirname, 'reference.py'), input]),
    ) as typeof answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('connected components are those of SciPy', () => {
  graphs.forEach(([nodes, edges], index) => {
    // SciPy numbers components in the order of their first nodes too; the partition is what counts.
    const names = new Map<number, number>();
    const ours = components(nodes, edges);
    answers.components[index]!.forEach((label, node) => {
      if (!names.has(label)) names.set(label, ours[node]!);
      expect(ours[node]).toBe(names.get(label));
    });
    expect(new Set(names.values()).size).toBe(names.size);
    expect(new Set(ours).size).toBe(names.size);
  });
});

describe('folds', () => {
  /** Spread over folds of what StratifiedGroupKFold makes small: each class's share that a fold has; and of sizes. */
  function spreads({ folds, images }: Case, foldOf: readonly number[]): { classes: number; sizes: number } {
    const held = Array.from({ length: folds }, () => [0, 0]);
    images.forEach(([label], image) => (held[foldOf[image]!]![label]! += 1));
    const deviation = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    const all = [0, 1].map((label) => images.filter(([its]) => its === label).length);
    const sizes = held.map(([a, b]) => a! + b!);
    return {
      classes: [0, 1].reduce(
        (sum, label) => sum + deviation(held.map((has) => has[label]! / all[label]!)) / 2,
        0,
      ),
      sizes: deviation(sizes.map((size) => size / images.length)),
    };
  }

  function ours({ folds, images, seed }: Case): number[] {
    const counts: [number, number][] = [];
    for (const [label, group] of images) (counts[group] ??= [0, 0])[label as 0 | 1] += 1;
    const dealt = assignFolds(counts, folds, seed);
    return images.map(([, group]) => dealt[group]!);
  }

  test.each(Object.keys(kinds))('of %s are no less balanced than those of scikit-learn', (what) => {
    const sums: Record<string, { classes: number; sizes: number }> = {};
    cases.forEach((one, index) => {
      if (one.what !== what) return;
      const made: Record<string, number[]> = { ours: ours(one), ...answers.folds[index] };
      const of = Object.fromEntries(
        Object.entries(made).map(([name, foldOf]) => [name, spreads(one, foldOf)]),
      );
      for (const [name, { classes, sizes }] of Object.entries(of)) {
        const sum = (sums[name] ??= { classes: 0, sizes: 0 });
        sum.classes += classes;
        sum.sizes += sizes;
      }
      // Case by case in what StratifiedGroupKFold is made for.
      for (const name of ['stratified', 'stratified, unshuffled'])
        expect(of['ours']!.classes).toBeLessThanOrEqual(of[name]!.classes + 1e-12);
    });
    process.stderr.write(`${what}, spreads summed: ${JSON.stringify(sums)}\n`);
    for (const name of ['stratified', 'stratified, unshuffled'])
      expect(sums['ours']!.sizes).toBeLessThanOrEqual(sums[name]!.sizes);
    expect(sums['ours']!.classes).toBeLessThanOrEqual(sums['grouped']!.classes);
  });
});
