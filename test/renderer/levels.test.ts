import { expect, test } from 'vitest';
import { Levels } from '../../src-renderer/stages/predict/levels.ts';

test('the whole range shows each level as it is', () => {
  // From 128 − 128 = 0, 256 levels wide: 255 is one short of the white end.
  const levels = new Levels();
  expect([0, 64, 128, 255].map((value) => levels.shown(value))).toEqual([0, 64, 128, 254]);
});

test('a window shows what lies below it black and above it white', () => {
  const levels = new Levels(100, 150); // 100 … 200
  expect([50, 100, 150, 200, 255].map((value) => levels.shown(value))).toEqual([0, 0, 128, 255, 255]);
  expect(levels.inverted().shown(50)).toBe(255);
  expect(levels.inverted().inverted().shown(150)).toBe(128);
});

test('dragging to the right widens the window and down lifts its middle, within what there is', () => {
  const dragged = new Levels(100, 150).dragged(20, -30);
  expect([dragged.window, dragged.level]).toEqual([120, 120]);
  const far = new Levels().dragged(-9999, 9999);
  expect([far.window, far.level]).toEqual([1, 255]);
});

test('a preset leaves out what lies around a head', () => {
  const values = Uint8Array.from({ length: 1000 }, (_, at) => (at < 600 ? 0 : 100 + (at % 100)));
  const { window, level } = Levels.preset('usual', values)!;
  // Of 100 … 199, each four times: the 2nd percentile is 101, the 98th 197.
  expect([level - window / 2, level + window / 2]).toEqual([101, 197]);
  expect(Levels.preset('own', values)).toBeNull();
});

test('the table has opaque greys', () => {
  expect(new Levels().table()[16]!.toString(16)).toBe('ff101010');
});
