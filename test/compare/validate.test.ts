import { afterEach, beforeEach, expect, test } from 'vitest';
import { validateRuns, validationInSteps } from '../../src-main/compare/validate.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import { addTwinned, newRegistry, TUMOUR, type Made } from '../check/dataset.ts';
import * as sample from '../registry/sample-records.ts';

let made: Made;
beforeEach(() => {
  made = newRegistry();
  const { registry } = made;
  addTwinned(registry, 'ds-1', 40);
  addTwinned(registry, 'ds-2', 24);
  const { split } = makeSplit({ registry, datasetId: 'ds-1', test: 0.5, validation: 0.1 });
  registry.runs.add({ ...sample.run('run-1', split.id), status: 'done', bestEpoch: 1 });
  const tested = registry.parts.list(split.id).filter(({ part }) => part === 'test');
  const classes = new Map(registry.images.list('ds-1').map(({ id, className }) => [id, className]));
  // One of ten is wrong, in each class.
  registry.testPredictions.replace(
    'run-1',
    tested.map(({ imageId }, i) => ({
      imageId,
      probability: (classes.get(imageId) === TUMOUR) === i % 10 > 0 ? 0.9 - i / 1e3 : 0.1 + i / 1e3,
    })),
  );
  registry.metrics.put({ ...sample.metrics('run-1'), images: tested.length });
});
afterEach(() => made.remove());

const validation = () => runToEnd(validationInSteps(made.registry, 'run-1', 'ds-2'));

/** The first 12 images were seen in training, 4 in the test set, the last 8 are new; half of the new ones are answered wrongly. */
function store(): void {
  const images = made.registry.images.list('ds-2');
  made.registry.studies.putValidation({
    runId: 'run-1',
    datasetId: 'ds-2',
    created: '2026-01-02T03:04:05.678Z',
    threshold: 0.5,
    unread: 1,
    answers: images.map(({ id, className }, i) => {
      const isRight = i < 16 || i % 4 < 2;
      return {
        imageId: id,
        probability: (className === TUMOUR) === isRight ? 0.8 + i / 1e3 : 0.2 - i / 1e3,
        group: i,
        seen: i < 12 ? 'train' : i < 16 ? 'test' : null,
        exact: i < 3,
      };
    }),
  });
}

test('what a run met in training is shown apart from what is new to it, with the drop from its test set', () => {
  store();
  const {
    drop,
    test: own,
    seen,
    exact,
    unread,
    images,
    all,
    known,
    unseen,
    trainedOn,
    dataset,
  } = validation();
  expect({ seen, exact, unread, images }).toEqual({
    seen: { train: 12, validation: 0, test: 4, unseen: 8 },
    exact: 3,
    unread: 1,
    images: 24,
  });
  expect([trainedOn.id, dataset.id]).toEqual(['ds-1', 'ds-2']);
  const accuracy = (of: typeof all | null) => of!.perImage.models[0]!.measures.accuracy.value;
  expect([all.perImage.units, known!.perImage.units, unseen!.perImage.units]).toEqual([24, 12, 8]);
  expect(accuracy(known)).toBe(1);
  expect(accuracy(unseen)).toBe(0.5);
  expect(accuracy(all)).toBeCloseTo(20 / 24, 12);
  for (const name of ['accuracy', 'auc', 'brier'] as const) {
    const { value, low, high } = drop!.perImage[name];
    const of = (both: typeof own) => both.perImage.models[0]!.measures[name].value!;
    expect(value, name).toBeCloseTo(of(unseen!) - of(own), 12);
    expect(low, name).toBeLessThan(value!);
    expect(high, name).toBeGreaterThan(value!);
  }
});

test('a dataset without a new scan has no drop', () => {
  store();
  const stored = made.registry.studies.validation('run-1', 'ds-2')!;
  made.registry.studies.putValidation({
    ...stored,
    answers: stored.answers.map((answer) => ({ ...answer, seen: 'validation' as const })),
  });
  expect(validation()).toMatchObject({ unseen: null, drop: null, seen: { validation: 24, unseen: 0 } });
});

test('a run of the dataset itself is refused before anything is done, and so is asking for what was not done', async () => {
  const { registry, home } = made;
  await expect(validateRuns({ registry, home, runIds: ['run-1'], datasetId: 'ds-1' })).rejects.toMatchObject({
    code: 'bad-usage',
    facts: { why: 'validatedOnItself', run: 'run-1' },
  });
  expect(validation).toThrow(expect.objectContaining({ code: 'bad-run' }));
  expect(registry.studies.validatedOn('run-1')).toEqual([]);
});

test('is in the audit trail, and goes with its dataset', () => {
  store();
  const { registry } = made;
  expect(registry.audit.newest(1)[0]).toMatchObject({ entry: { action: 'run-validated' } });
  expect(registry.studies.validatedOn('run-1')).toEqual(['ds-2']);
  registry.datasets.update('ds-2', { removed: '2026-01-02T03:04:05.678Z' });
  expect(registry.studies.validatedOn('run-1')).toEqual([]);
});
