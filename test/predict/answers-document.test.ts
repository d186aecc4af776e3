import { expect, test } from 'vitest';
import { sayWhole } from '../../src-main/contract/messages/say.ts';
import type { Prediction, Run } from '../../src-main/contract/records.ts';
import {
  answersDocument,
  volumeMessage,
  type VolumeAnswer,
} from '../../src-main/predict/answers-document.ts';

const volume: VolumeAnswer = {
  file: 'head.nii',
  runId: 'run-a',
  answer: 'positive',
  probabilities: [0.2, 0.9, 0.9, 0.9, 1],
  probability: 0.9,
  highest: 'axial slice 2',
  threshold: 0.5,
  positive: true,
  refused: 0,
};
const said = (change: Partial<VolumeAnswer>, language: 'en' | 'ko' = 'en'): string =>
  sayWhole(volumeMessage({ ...volume, ...change }, 'tumour', 3), { language, shell: 'cli' });

test('a volume’s answer says how many pictures were left out of it', () => {
  expect(said({})).toBe(
    'head.nii as a whole, by run-a: called "tumour", probability 0.900 (highest mean of three neighbouring slices, around axial slice 2)',
  );
  expect(said({ refused: 1 })).toContain('around axial slice 2; without 1 that was refused)');
  expect(said({ refused: 2 }, 'ko')).toContain('2장 제외');
});

test('a refused one has neither class nor probability', () => {
  const refused = said({ answer: 'refused', refused: 4 });
  expect(refused).toBe(
    'head.nii as a whole, by run-a: no answer, since the model should not be used on 4 of its 5 pictures',
  );
});

test('a DICOM series has an answer as a whole for each model, its slices in their order', () => {
  const runs = ['run-a', 'run-b'].map((id) => ({ id, network: 'resnet50' }) as Run) as [Run, Run];
  const told = ['b', 'a', 'd', 'c'].map((name, at) => ({ name, at: [6, 0, 18, 12][at]! }));
  const predictions = runs.flatMap(({ id }, model) =>
    told.map(
      ({ name, at }) =>
        ({
          runId: id,
          file: `/scans/P1/${name}`,
          slice: { series: 's', contrast: '', at },
          answer: 'positive',
          // a to d: 0, 0.1, 0.2, 0.3, and 0.6 more by the other model.
          probability: at / 60 + 0.6 * model,
          threshold: 0.5,
        }) as Prediction,
    ),
  );
  const files = ['a', 'b', 'c', 'd'].map((name) => `/scans/P1/${name}`);
  const close = (value: number) => expect.closeTo(value, 12) as number;
  const whole = { file: '/scans/P1', files, highest: '/scans/P1/c', threshold: 0.5, refused: 0 };
  expect(answersDocument(runs, predictions).volumes).toEqual([
    {
      ...whole,
      runId: 'run-a',
      answer: 'negative',
      probabilities: [0, 0.1, 0.2, 0.3].map(close),
      probability: close(0.2),
      positive: false,
    },
    {
      ...whole,
      runId: 'run-b',
      answer: 'positive',
      probabilities: [0.6, 0.7, 0.8, 0.9].map(close),
      probability: close(0.8),
      positive: true,
    },
  ]);
  // One is missing.
  expect(
    answersDocument(
      runs,
      predictions.filter(({ file }) => !file.endsWith('c')),
    ).volumes,
  ).toBeUndefined();
});
