import { expect, test } from 'vitest';
import { chosenClasses, firstSides, nameOf } from '../../../../src-renderer/stages/data/class-choice.ts';

const found = ['glioma', 'meningioma', 'notumor', 'unsure'];
const suggested = [
  { name: 'tumour', of: ['glioma', 'meningioma'] },
  { name: 'notumor', of: ['notumor'] },
];

test('only what is suggested is chosen initially', () => {
  expect(firstSides(found, suggested)).toEqual(['finding', 'finding', 'other', 'none']);
  expect(firstSides(found, null)).toEqual(['none', 'none', 'none', 'none']);
});

test('a class of one folder is called by it, one of several by what the other is none of, or by all', () => {
  const sides = firstSides(found, suggested);
  expect(nameOf(found, sides, 'finding')).toBe('tumor');
  expect(nameOf(found, sides, 'other')).toBe('notumor');
  const kinds = ['glioma', 'meningioma', 'normal', 'control'];
  expect(nameOf(kinds, ['finding', 'finding', 'other', 'other'], 'finding')).toBe('glioma+meningioma');
  expect(nameOf(kinds, ['finding', 'finding', 'other', 'other'], 'other')).toBe('normal+control');
  expect(nameOf(kinds, ['none', 'none', 'other', 'other'], 'finding')).toBe('');
});

test('two classes come of it once each is made of something and has a name of its own', () => {
  const sides = firstSides(found, suggested);
  expect(chosenClasses(found, sides, { finding: ' tumour ', other: 'notumor' })).toEqual(suggested);
  for (const called of [
    { finding: 'x', other: ' X' },
    { finding: '', other: 'y' },
  ])
    expect(chosenClasses(found, sides, called)).toBeNull();
  expect(chosenClasses(found, ['finding', 'none', 'none', 'none'], { finding: 'a', other: 'b' })).toBeNull();
});
