import { describe, expect, test } from 'vitest';
import type { GroupView } from '../../../../src-main/contract/check.ts';
import { decisionOf, keyOf } from '../../../../src-renderer/stages/check/choices.ts';
import { overlay } from '../../../../src-renderer/stages/check/overlay.ts';

const group = (dropped: number[] = []) =>
  ({
    first: { id: 1 },
    twins: [{ image: { id: 2 } }, { image: { id: 3 } }],
    dropped,
  }) as unknown as GroupView;

describe('a decision about a group', () => {
  test.each([
    ['keep', [], [1, 2, 3]],
    ['keep', [2], [2]],
    ['drop', [], [2, 3]],
    ['drop', [1, 2], [1, 2]],
    ['same-patient', [], [1, 2, 3]],
    ['same-patient', [2, 3], [2, 3]],
    ['same-patient', [3], [1, 3]], // the first image's patient
    ['not-twins', [3], [1, 3]],
    ['not-twins', [2, 3], [1, 2, 3]],
    ['not-twins', [1], [1, 2, 3]],
  ] as const)('to %s with %j chosen is about %j', (kind, chosen, ids) => {
    expect(decisionOf(group(), kind, chosen)).toEqual(ids);
  });

  test('to drop leaves one, whatever was dropped before, and then there is nothing left to drop', () => {
    expect(decisionOf(group([1]), 'drop', [])).toEqual([3]);
    expect(decisionOf(group([1, 3]), 'drop', [])).toBeNull();
    expect(decisionOf(group([2]), 'drop', [2])).toBeNull();
  });
});

test.each([
  [{ key: 'k', code: 'KeyK' }, 'keep'],
  [{ key: 'D', code: 'KeyD' }, 'drop'],
  [{ key: 'ㅔ', code: 'KeyP' }, 'same-patient'], // a Korean keyboard
  [{ key: 'n', code: 'KeyL' }, 'not-twins'], // Dvorak
  [{ key: 'x', code: 'KeyX' }, undefined],
  [{ key: 'Enter', code: 'Enter' }, undefined],
])('takes %j for %s', (event, kind) => {
  expect(keyOf(event)).toBe(kind);
});

test.each([
  [{ mirrored: false, turned: 0, rotated: 0 }, 'none'],
  [{ mirrored: true, turned: 0, rotated: 0 }, 'scaleX(-1)'],
  [{ mirrored: false, turned: 90, rotated: -4 }, 'rotate(-86deg)'],
  // Rotated back first, then mirrored: CSS applies the rightmost first.
  [{ mirrored: true, turned: 270, rotated: 3 }, 'scaleX(-1) rotate(-273deg)'],
] as const)('lays a twin made by %j over the first with %s', (change, transform) => {
  expect(overlay(change)).toBe(transform);
});
