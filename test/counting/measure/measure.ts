import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../change.ts';
import { trained } from '../trained.ts';

const itsTest = readFileSync(path.join(import.meta.dirname, 'mcc.txt'), 'utf8');

/** Matthews' correlation, which lies between −1 and 1 and has no interval: unlike all measures that are there. */
export const measure: Change = {
  name: 'measure',
  title: 'A measure in Compare (Matthews correlation)',
  most: 4,
  before: '13',

  make(tree) {
    tree.before(
      'src-main/contract/measures.ts',
      "  auc: { ...plain, interval: 'auc'",
      "  mcc: { ...plain, range: [-1, 1], interval: null, shown: ['results', 'folds'] },\n",
    );
    tree.before(
      'src-main/statistics/measures.ts',
      '  auc: {\n    of: (_, auc) => auc,',
      `  // Matthews 1975, Biochim Biophys Acta 405, 442–451.
  mcc: {
    of: ({ tp, fp, tn, fn }) => {
      const product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
      return product === 0 ? null : (tp * tn - fp * fn) / Math.sqrt(product);
    },
    evidence: null,
  },
`,
    );
    const words = {
      en: 'Matthews correlation coefficient, of all four numbers of the confusion matrix. 1 is perfect, 0 is chance, −1 is always wrong.',
      ko: '혼동 행렬의 네 수를 모두 쓰는 매슈스 상관계수입니다. 1은 완벽, 0은 우연 수준, −1은 모두 틀린 것입니다.',
    };
    for (const language of ['en', 'ko'] as const)
      tree.before(
        `src-main/contract/messages/${language}/measures.json`,
        '  "auc": {\n',
        `  "mcc": {\n    "label": "MCC",\n    "help": "${words[language]}"\n  },\n`,
      );
    tree.write('test/counting/mcc.test.ts', itsTest);
    // The reference of folds.
    tree.edit(
      'test/evaluate/pooled.py',
      ['    f1_score,\n', '    f1_score,\n    matthews_corrcoef,\n'],
      ['        "auc": roc_auc', '        "mcc": matthews_corrcoef(y, called),\n        "auc": roc_auc'],
    );
  },

  async show(tree) {
    await tree.tests(
      'fast',
      'test/counting/mcc.test.ts',
      'test/contract/measures.test.ts',
      'test/compare',
      'test/evaluate',
      'test/statistics',
      'test/renderer/compare-measures.test.ts',
    );
    await tree.tests('slow', 'test/evaluate/pooled.slow.test.ts');
    const { runId, metrics } = await trained(tree, 'mobilenetv2');
    type Row = { mcc: number | null; intervals: { mcc: { value: number | null } } };
    const { runs } = await tree.falx<{ runs: Row[] }>('compare', runId);
    const { tp, fp, tn, fn } = metrics.confusion;
    const product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
    const expected = product === 0 ? null : (tp * tn - fp * fn) / Math.sqrt(product);
    if (runs[0]!.mcc !== expected || runs[0]!.intervals.mcc.value !== expected)
      throw new Error(`"falx compare" says ${JSON.stringify(runs)}, not ${expected}`);
    for (const words of [
      ['compare', runId],
      ['evaluate', runId],
    ])
      if (!/\bMCC\b/.test(await tree.falxText(...words)))
        throw new Error(`"falx ${words[0]}" does not show it`);
  },
};
