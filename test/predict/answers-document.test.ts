import { expect, test } from 'vitest';
import { sayWhole } from '../../src-main/contract/messages/say.ts';
import { volumeTold, type VolumeAnswer } from '../../src-main/predict/answers-document.ts';

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
  sayWhole(volumeTold({ ...volume, ...change }, 'tumour', 3), { language, shell: 'cli' });

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
