import { expect, test } from 'vitest';
import { changeOf } from '../../src-main/check/change.ts';

const still = [1, 0, 0, 0, 1, 0] as const;
const turnedBy = (degrees: number) => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [c, -s, 0, s, c, 0] as const;
};

test.each([
  // Neighbouring slices of FLAIR, 1 mm apart: the same grey levels, other details.
  ['a neighbouring slice', still, 0.983, 0.93, true],
  ['a copy saved anew', still, 0.999, 0.998, undefined],
  // Another contrast, or sharpening, affects the grey levels as much.
  ['a copy of another contrast', still, 0.95, 0.95, undefined],
  ['a copy turned by 4°', turnedBy(4), 0.99, 0.95, undefined],
  ['a copy turned by 90°', turnedBy(90), 0.99, 0.95, undefined],
  ['a mirrored copy', [-1, 0, 0, 0, 1, 0], 0.99, 0.95, undefined],
] as const)('tells %s', (_, affine, grey, detail, nextSlice) => {
  expect(changeOf({ affine: [...affine], grey, detail }).nextSlice).toBe(nextSlice);
});
