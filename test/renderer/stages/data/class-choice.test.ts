import { expect, test } from 'vitest';
import { chosenClasses, firstSides, nameOf } from '../../../../src-renderer/stages/data/class-choice.ts';

const found = ['glioma', 'meningioma', 'notumor', 'unsure'];
const suggested = [
  { name: 'tumour', of: ['glioma', 'meningioma'] },
  { name: 'notumor', of: ['notumor'] },
];

test('what is suggested is chosen first, and nothing else', () => {
  expect(firstSides(found, suggested)).toEqual(['finding', 'finding', 'other', 'none']);
  expect(firstSides(found, null)).toEqual(['none', 'none', 'none', 'none']);
});

test('a class of one folder is called by it, one of several by another name', () => {
  const sides = firstSides(found, suggested);
  expect(nameOf(found, sides, 'finding', 'tumour')).toBe('tumour');
  expect(nameOf(found, sides, 'other', 'no tumour')).toBe('notumor');
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
