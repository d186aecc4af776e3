import { describe, expect, test } from 'vitest';
import { keysOf, previewPattern } from '../../src-main/check/name-pattern.ts';
import type { ImageOutline } from '../../src-main/registry/checks.ts';
import { expectWithin } from '../timed.ts';

describe('a pattern', () => {
  test.each([
    ['the first capture', '/(p\\d+)_(\\d+)', 'yes/p12_3.png', 'p12'],
    ['a later capture where the first took no part', '/(x\\d+)|/(p\\d+)', 'yes/p12_3.png', 'p12'],
    ['all that matches where nothing is captured', 'p\\d+', 'yes/p12_3.png', 'p12'],
    ['all that matches where no capture took part', 'p(x)?\\d+', 'yes/p12_3.png', 'p12'],
    ['a named capture', '/(?<patient>[^_]+)_', 'yes/p12_3.png', 'p12'],
    ['what is in another script', '환자(\\d+)', '종양/환자7_1.png', '7'],
    ['nothing', 'q\\d+', 'yes/p12_3.png', null],
    ['nothing where only an empty text matches', 'q*', 'yes/p12_3.png', null],
  ])('finds %s', (_, pattern, path, key) => {
    expect(keysOf(pattern, [path])).toEqual([key]);
  });

  test.each(['(a', '[z-a]', '*', 'a{2,1}', '(?<x', '\\'])('%s is refused with an example', (pattern) => {
    expect(() => keysOf(pattern, ['a'])).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringMatching(/is not a valid regular expression\. For instance, .*\[RegExp: /),
      }),
    );
  });

  test('that goes back and forth without end is given up in time', () => {
    const paths = Array.from({ length: 1000 }, (_, n) => `yes/${'a'.repeat(60)}${n}!`);
    const began = performance.now();
    expect(() => keysOf('^yes/(a+)+$', paths)).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringMatching(/takes too long on 1,000 file/),
      }),
    );
    expectWithin(performance.now() - began, 5000);
  });

  test('has nothing of this process within its reach', () => {
    expect(keysOf('constructor|process', ['process'])).toEqual(['process']);
  });
});

test('a preview shows the largest groups and what is not matched', () => {
  const outline = (file: string, id: number): ImageOutline => ({
    id,
    file,
    frame: null,
    className: 'x',
    sha256: 'a'.repeat(64),
    givenPart: null,
    patient: null,
    series: null,
  });
  const files = ['x/1_a', 'x/2_a', 'x/1_b', 'x/1_c', 'x/1_d', 'x/none', 'x/2_b', 'x/3_a', 'x/other'];
  expect(previewPattern('/(\\d)_', files.map(outline))).toEqual({
    groups: 3,
    unmatched: 2,
    largest: [
      { key: '1', images: 4, files: ['x/1_a', 'x/1_b', 'x/1_c'] },
      { key: '2', images: 2, files: ['x/2_a', 'x/2_b'] },
      { key: '3', images: 1, files: ['x/3_a'] },
    ],
    unmatchedFiles: ['x/none', 'x/other'],
  });
});
