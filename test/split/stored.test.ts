import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Grouping } from '../../src-main/contract/grouping.ts';
import { partNames, type Part } from '../../src-main/contract/records.ts';
import { assignFolds } from '../../src-main/split/assign-folds.ts';
import { assignInSteps, quotasOf } from '../../src-main/split/assign.ts';
import type { Divisible } from '../../src-main/split/divisible-groups.ts';
import { hashOfLines, linesOf } from '../../src-main/split/hash.ts';
import { repairedParts } from '../../src-main/split/repair-split.ts';
import { runToEnd } from '../../src-main/system/steps.ts';
import * as sample from '../registry/sample-records.ts';

type Answer =
  | { split: { test: number; validation: number; seed: number; given?: string }; parts: string }
  | { repaired: { seed: number }; parts: string }
  | { folds: { folds: number; seed: number }; bins: number[] };

/** Assigned by `test/goldens/splits.py`, in Python. Sets are given by their second letters. */
const { cases, hashed } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../goldens/splits.json'), 'utf8'),
) as {
  cases: {
    what: string;
    classes: string[];
    /** For each image of a group the first letter of its class, then of the set it came in. */
    groups: string[];
    answers: Answer[];
  }[];
  hashed: { images: { sha256: string; file: string; part: Part }[]; grouping: Grouping; hash: string };
};

const partOf = (letter: string): Part => partNames.find((part) => part[1] === letter)!;
const lettersOf = (parts: readonly Part[]): string => parts.map((part) => part[1]).join('');

function titleOf(answer: Answer): string {
  if ('folds' in answer) return `${answer.folds.folds} folds, seed ${answer.folds.seed}`;
  if ('repaired' in answer) return `repaired, seed ${answer.repaired.seed}`;
  const { test, validation, seed, given } = answer.split;
  return `${test}/${validation}, seed ${seed}${given === undefined ? '' : ', some given'}`;
}

function divisible(classes: string[], groups: string[]): Divisible {
  return {
    classes,
    groups: groups.map((letters) => {
      const images = Array.from(letters.matchAll(/(.)(.)/g), ([, first, part]) => {
        const className = classes.find((name) => name.startsWith(first!))!;
        return { ...sample.image('scan.png', className), id: 0, series: null, givenPart: partOf(part!) };
      });
      const counts = classes.map((name) => images.filter(({ className }) => className === name).length);
      const most = classes.filter((_, index) => counts[index] === Math.max(...counts)).sort();
      return { className: most[0]!, counts, images };
    }),
  };
}

describe.each(cases)('$what', ({ classes, groups, answers }) => {
  const all = divisible(classes, groups);

  const asked = answers.map((answer): [string, typeof answer] => [titleOf(answer), answer]);
  test.each(asked)('%s: the same seed gives the same in every version', (_, answer) => {
    if ('folds' in answer) {
      const { folds, seed } = answer.folds;
      const counts = all.groups.map((group) => group.counts);
      expect(assignFolds(counts, folds, seed)).toEqual(answer.bins);
    } else if ('repaired' in answer) {
      expect(lettersOf(runToEnd(repairedParts(all, answer.repaired.seed)))).toBe(answer.parts);
    } else {
      const { seed, given, ...fractions } = answer.split;
      const kept = given === undefined ? null : [...given].map(partOf);
      const parts = runToEnd(assignInSteps(all, quotasOf(all, fractions), { seed, given: kept }));
      expect(lettersOf(parts)).toBe(answer.parts);
    }
  });
});

test('a split’s hash is that of its sorted images and parts, whatever their names', () => {
  const images = hashed.images.map((image, id) => ({ ...image, id }));
  const lines = runToEnd(linesOf(images));
  const parts = new Map(images.map(({ id, part }) => [id, part]));
  expect(runToEnd(hashOfLines(lines, parts, hashed.grouping))).toBe(hashed.hash);
});
