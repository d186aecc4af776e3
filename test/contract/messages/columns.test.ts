import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../../src-main/contract/messages/columns.ts';
import { widthOf } from '../../../src-main/report/figures/svg.ts';

// Wide or not by EastAsianWidth.txt of Unicode: W and F take two columns.
describe.each([
  ['Latin', 'Tumour', 0],
  ['Hangul', '뇌종양', 3],
  ['Hangul beside Latin', 'AUC 값', 1],
  ['a leading consonant', '\u1112', 1],
  ['kana', 'かな', 2],
  ['half-width kana', 'ｶﾅ', 0],
  ['full-width Latin', 'ＡＢ', 2],
  ['CJK beyond U+FFFF', '\u{20000}', 1],
])('%s', (_, words, wide) => {
  const narrow = [...words].length - wide;
  test('takes two columns per wide character', () => expect(columnsOf(words)).toBe(narrow + 2 * wide));
  test('is estimated by the same characters in a figure', () =>
    expect(widthOf(words, 100)).toBeCloseTo(56 * narrow + 95 * wide, 9));
});
