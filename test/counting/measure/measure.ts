import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../change.ts';
import { trained } from '../trained.ts';

const itsTest = readFileSync(path.join(import.meta.dirname, 'youden.txt'), 'utf8');

/** Youden's J, from −1 to 1, without an interval for a single run. */
export const measure: Change = {
  name: 'measure',
  title: 'A measure in Compare (Youden’s J)',
  most: 4,
  before: '13',

  make(tree) {
    tree.before(
      'src-main/contract/measures.ts',
      "  auc: { ...plain, interval: 'auc'",
      "  youden: { ...plain, range: [-1, 1], interval: null, shown: ['results', 'folds', 'evidence'] },\n",
    );
    tree.before(
      'src-main/statistics/measures.ts',
      '  auc: {\n    of: (_, auc) => auc,',
      `  // Youden 1950, Cancer 3, 32–35.
  youden: {
    of: (confusion) => {
      const [positives, negatives] = [shareOf.sensitivity(confusion), shareOf.specificity(confusion)];
      return positives.value === null || negatives.value === null ? null : positives.value + negatives.value - 1;
    },
    evidence: null,
  },
`,
    );
    const words = {
      en: 'Sensitivity + specificity − 1, of the confusion matrix. 1 is perfect, 0 is chance, −1 is always wrong.',
      ko: '혼동 행렬에서 구한 민감도 + 특이도 − 1입니다. 1은 완벽, 0은 우연 수준, −1은 모두 틀린 것입니다.',
    };
    for (const language of ['en', 'ko'] as const)
      tree.before(
        `src-main/contract/messages/${language}/measures.json`,
        '  "auc": {\n',
        `  "youden": {\n    "label": "J",\n    "help": "${words[language]}"\n  },\n`,
      );
    tree.write('test/counting/youden.test.ts', itsTest);
    // scikit-learn's references: on synthetic test sets, where its adjusted balanced accuracy is J, and over folds.
    tree.before(
      'test/goldens/evidence.py',
      '        "sensitivity": metrics.recall_score(labels, called),',
      '        "youden": metrics.balanced_accuracy_score(labels, called, adjusted=True),\n',
    );
    const golden = JSON.parse(tree.read('test/goldens/evidence.json')) as {
      fixtures: { measures: { balancedAccuracy: number; youden?: number }[] }[];
    };
    for (const of of golden.fixtures.flatMap(({ measures }) => measures))
      of.youden = 2 * of.balancedAccuracy - 1;
    tree.write('test/goldens/evidence.json', JSON.stringify(golden));
    tree.edit('test/evaluate/pooled.py', [
      '        "auc": roc_auc',
      '        "youden": recall_score(y, called) + recall_score(y, called, pos_label=0) - 1,\n        "auc": roc_auc',
    ]);
  },

  async show(tree) {
    await tree.tests(
      'fast',
      'test/counting/youden.test.ts',
      'test/contract/measures.test.ts',
      'test/compare',
      'test/evaluate',
      'test/statistics',
      'test/renderer/compare-measures.test.ts',
    );
    await tree.tests('slow', 'test/evaluate/pooled.slow.test.ts');
    const { runId, metrics } = await trained(tree, 'mobilenetv2');
    type Row = { youden: number | null; intervals: { youden: { value: number | null } } };
    const { runs } = await tree.falx<{ runs: Row[] }>('compare', runId);
    const { tp, fp, tn, fn } = metrics.confusion;
    const expected = tp / (tp + fn) + tn / (tn + fp) - 1;
    if (runs[0]!.youden !== expected || runs[0]!.intervals.youden.value !== expected)
      throw new Error(`"falx compare" says ${JSON.stringify(runs)}, not ${expected}`);
    for (const words of [
      ['compare', runId],
      ['evaluate', runId],
    ])
      if (!/\bJ\b/.test(await tree.falxText(...words)))
        throw new Error(`"falx ${words[0]}" does not show it`);
  },
};
