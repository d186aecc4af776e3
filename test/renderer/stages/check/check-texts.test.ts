import { describe, expect, test } from 'vitest';
import type { Change, CheckView, Shortcut } from '../../../../src-main/contract/check.ts';
import {
  accuracyWords,
  changeWords,
  decisionWords,
  estimate,
  headline,
} from '../../../../src-renderer/stages/check/check-texts.ts';

const view: CheckView = {
  datasetId: 'ds-1',
  check: null,
  outdated: false,
  older: { check: false, shortcuts: false },
  images: 1200,
  exactDuplicates: 66,
  groups: 190,
  imagesInGroups: 848,
  distinctScans: 542,
  mixedLabels: 1,
  mixedImages: 2,
  mergedClasses: 0,
  mergedImages: 0,
  acrossParts: 0,
  undecided: 190,
  dropped: 0,
  leaked: null,
  randomLeak: { count: 163.8, of: 240 },
  patients: { images: 0, patients: 0 },
  shortcuts: null,
  decisions: 0,
  undo: null,
  redo: null,
};

describe('the headline of a check', () => {
  test('counts scans, twins, and what a random split would leak', () => {
    expect(headline(view)).toEqual([
      '542 distinct scans in 1,200 images.',
      '848 images have a twin.',
      'In a random 80/20 split, about 164 of 240 test images would have a twin in the training set; in Falx’s splits, none has.',
    ]);
  });

  test('leaves dropped images out of what there is', () => {
    const [first, twins, leak] = headline({ ...view, dropped: 658, randomLeak: { count: 0, of: 108 } });
    expect(first).toBe('542 distinct scans in 542 images.');
    expect(twins).toBe('848 images have a twin; 658 images were dropped.');
    expect(leak).toBe('None of the remaining images has a twin that could leak into a test set.');
  });

  test('is short where there are no twins', () => {
    const none = { ...view, groups: 0, imagesInGroups: 0, images: 24, distinctScans: 24, randomLeak: null };
    expect(headline(none)).toEqual(['24 images, and no two of them are the same scan.']);
  });
});

test.each<[Change | null, string]>([
  [{ mirrored: false, turned: 0, rotated: 0.4 }, 're-saved copy'],
  [{ mirrored: true, turned: 0, rotated: -4.2 }, 'mirrored, rotated 4°'],
  [{ mirrored: false, turned: 0, rotated: 1.2, nextSlice: true }, 'same patient, next slice'],
  [{ mirrored: true, turned: 180, rotated: 0 }, 'flipped vertically'],
  [{ mirrored: true, turned: 90, rotated: 0 }, 'mirrored, turned 90°'],
  [{ mirrored: false, turned: 180, rotated: 12.4 }, 'turned 180°, rotated 12°'],
  [null, 'via another twin'],
])('says %j as “%s”', (change, words) => {
  expect(changeWords({ exact: false, change })).toBe(words);
});

test('calls a file that is there twice the same file', () => {
  expect(changeWords({ exact: true, change: null })).toBe('the same file');
});

test('estimates by the last check where there is one', () => {
  const check = { images: 1000, seconds: 10 } as CheckView['check'];
  expect(estimate({ images: 2000, check })).toEqual({ low: 20, high: 60 });
  expect(estimate({ images: 1, check: null })).toEqual({ low: 2, high: 6 }); // the minimum
});

test('says how many images a decision is about', () => {
  expect(decisionWords({ kind: 'drop', images: 1 })).toBe('Drop 1 image');
  expect(decisionWords({ kind: 'not-twins', images: 2 })).toBe('2 images are not twins');
});

describe('a shortcut', () => {
  test('has its balanced accuracy with the interval', () => {
    const shortcut = { balancedAccuracy: 0.861, low: 0.832, high: 0.889 } as Shortcut;
    expect(accuracyWords(shortcut)).toBe('86% right (83% to 89%)');
  });
});
