import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { confidentContradictions, labelSuspects } from '../../src-main/evaluate/label-suspects.ts';
import { addDataset, HEALTHY, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

/** Made by test/goldens/labels.py with cleanlab. */
const golden = JSON.parse(readFileSync(new URL('../goldens/labels.json', import.meta.url), 'utf8')) as {
  name: string;
  labels: (0 | 1)[];
  probabilities: number[];
  issues: number[];
}[];

describe('agrees with cleanlab', () => {
  test.each(golden)('$name', ({ labels, probabilities, issues }) => {
    const answers = labels.map((label, at) => ({ label, probability: probabilities[at]! }));
    expect(confidentContradictions(answers)).toEqual(issues);
  });
});

test.each([
  ['no scans', []],
  [
    'one class without scans',
    [{ label: 1, probability: 0.01 } as const, { label: 1, probability: 0.9 } as const],
  ],
  [
    'answers that all say the same',
    Array.from({ length: 6 }, (_, at) => ({ label: (at % 2) as 0 | 1, probability: 0.5 })),
  ],
])('suspects nothing of %s', (_, answers) => {
  expect(confidentContradictions(answers)).toEqual([]);
});

test('gives equal margins in the order of the scans', () => {
  const sure = [1, 1, 1, 0, 0, 0].map((label) => ({
    label: label as 0 | 1,
    probability: label ? 0.95 : 0.05,
  }));
  const wrong = [
    { label: 0 as const, probability: 0.97 },
    { label: 1 as const, probability: 0.03 },
  ];
  expect(confidentContradictions([...sure, wrong[0]!, wrong[1]!, wrong[0]!])).toEqual([6, 7, 8]);
});

describe('of runs', () => {
  let made: Made;
  let ids: number[];
  beforeAll(() => {
    made = newRegistry();
    const { registry } = made;
    ids = [
      ...addDataset(
        registry,
        'ds-a',
        Array.from({ length: 12 }, (_, at) => ({ name: `${at}.png`, className: at < 6 ? TUMOUR : HEALTHY })),
      ).values(),
    ];
    addDataset(registry, 'ds-b', [{ name: 'x.png' }]);
    for (const [split, dataset] of [
      ['sp-1', 'ds-a'],
      ['sp-2', 'ds-a'],
      ['sp-3', 'ds-b'],
    ] as const)
      registry.splits.add(sample.split(split, dataset), []);
    for (const [run, split] of [
      ['run-1', 'sp-1'],
      ['run-2', 'sp-1'],
      ['run-3', 'sp-2'],
      ['run-4', 'sp-2'],
      ['run-5', 'sp-3'],
    ] as const)
      registry.runs.add(sample.run(run, split));
    // Two runs on the first fold (images 0–2 and 6–8), one on the second; image 2 and image 9 look mislabelled.
    const answers = (run: string, of: Record<number, number>) =>
      registry.testPredictions.replace(
        run,
        Object.entries(of).map(([at, probability]) => ({ imageId: ids[Number(at)]!, probability })),
      );
    answers('run-1', { 0: 0.9, 1: 0.9, 2: 0.02, 6: 0.1, 7: 0.1, 8: 0.1 });
    answers('run-2', { 0: 0.9, 1: 0.9, 2: 0.04, 6: 0.1, 7: 0.1, 8: 0.1 });
    answers('run-3', { 3: 0.9, 4: 0.9, 5: 0.9, 9: 0.99, 10: 0.1, 11: 0.1 });
  });
  afterAll(() => made.remove());

  test('means the answers of several runs, over all folds, surest first', () => {
    const { evaluated, suspects } = labelSuspects(made.registry, ['run-1', 'run-2', 'run-3', 'run-1'], 10);
    expect(evaluated).toBe(12);
    expect(suspects.map(({ image, runs }) => [image.id, runs])).toEqual([
      [ids[9], ['run-3']],
      [ids[2], ['run-1', 'run-2']],
    ]);
    expect(suspects[0]).toMatchObject({ margin: expect.closeTo(-0.98, 9) as number });
    expect(suspects[1]).toMatchObject({
      probability: expect.closeTo(0.03, 9) as number,
      margin: expect.closeTo(-0.94, 9) as number,
      image: { className: TUMOUR },
    });
  });

  test('gives no more than asked for', () => {
    expect(labelSuspects(made.registry, ['run-1', 'run-3'], 1).suspects).toHaveLength(1);
  });

  test('leaves out what was dropped', () => {
    made.registry.checks.decide('ds-a', 'drop', [ids[9]!]);
    const { evaluated, suspects, dropped } = labelSuspects(made.registry, ['run-3'], 10);
    expect([evaluated, suspects]).toEqual([5, []]);
    // It can be reviewed again, and kept.
    expect(dropped.map(({ image, decided }) => [image.id, decided])).toEqual([[ids[9], 'drop']]);
    made.registry.checks.undo('ds-a');
  });

  test('says which a person has looked at and kept', () => {
    const decided = () =>
      labelSuspects(made.registry, ['run-1', 'run-3'], 10).suspects.map(({ image, decided }) => [
        image.id,
        decided,
      ]);
    made.registry.checks.decide('ds-a', 'keep', [ids[2]!]);
    expect(decided()).toEqual([
      [ids[9], null],
      [ids[2], 'keep'],
    ]);
    made.registry.checks.undo('ds-a');
    expect(decided().map(([, decided]) => decided)).toEqual([null, null]);
  });

  test.each([
    [
      'a run that was not evaluated',
      ['run-1', 'run-4'],
      'bad-run',
      /run-4 has not been evaluated.*falx evaluate run-4/,
    ],
    ['runs on two datasets', ['run-1', 'run-5'], 'bad-usage', /2 datasets \(ds-a, ds-b\)/],
    ['no runs', [], 'bad-usage', /Name at least one run/],
    ['a run that is not there', ['run-9'], 'not-found', /run-9/],
  ])('refuses %s', (_, runs, code, message) => {
    expect(() => labelSuspects(made.registry, runs, 10)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });
});
