import { expect, test } from 'vitest';
import type { AnswerWord } from '../../src-main/contract/answers.ts';
import { jointly } from '../../src-main/statistics/jointly.ts';

const says = (answer: AnswerWord, probability: number | null, calibrated: number | null = null) => ({
  answer,
  probability,
  calibrated,
  positive: probability === null ? null : probability >= 0.5,
});

test('is the mean of the calibrated probabilities, with the lowest and the highest', () => {
  const joint = jointly([says('positive', 0.9, 0.8), says('positive', 0.7, 0.6), says('positive', 0.7)])!;
  expect(joint.probability).toBeCloseTo((0.8 + 0.6 + 0.7) / 3, 12);
  expect(joint).toMatchObject({ answer: 'positive', low: 0.6, high: 0.8, models: 3, disagree: false });
});

test.each<[string, ReturnType<typeof says>[], AnswerWord, boolean]>([
  ['all are sure', [says('negative', 0.1), says('negative', 0.2)], 'negative', false],
  [
    'more than half are sure',
    [says('positive', 0.9), says('positive', 0.8), says('unsure', 0.6)],
    'positive',
    false,
  ],
  ['half are sure', [says('positive', 0.9), says('unsure', 0.6)], 'unsure', false],
  [
    'one is on the other side',
    [says('positive', 0.9), says('positive', 0.9), says('negative', 0.2)],
    'unsure',
    true,
  ],
  ['half refuse', [says('refused', 0.9), says('positive', 0.9)], 'refused', false],
  [
    'one of three refuses',
    [says('refused', 0.1), says('positive', 0.9), says('positive', 0.8)],
    'positive',
    false,
  ],
  ['all refuse', [says('refused', 0.9), says('refused', 0.2)], 'refused', true],
])('where %s', (_, said, answer, disagree) => {
  expect(jointly(said)).toMatchObject({ answer, disagree });
});

test('is nothing where no model could read the file', () => {
  expect(jointly([says('refused', null)])).toBeNull();
  expect(jointly([])).toBeNull();
});
