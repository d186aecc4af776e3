import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { align, isTwin, type Fit } from '../../src-main/check/align.ts';
import { changeOf } from '../../src-main/check/change.ts';
import { SQUARE, viewsOf } from '../../src-main/check/head.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { greySquareOf } from '../../src-main/images/grey-square.ts';
import { picturesIn, planes, type Plane } from '../../src-main/images/scan.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');

type Slice = { number: number; views: Pyramid[] };

async function slicesOf(file: string, plane: Plane): Promise<Slice[]> {
  const slices: Slice[] = [];
  for await (const slice of picturesIn(path.join(data, file), file, { salt: 'a test', plane })) {
    const views = viewsOf(await greySquareOf(slice.pixels, slice.width, slice.height, SQUARE));
    slices.push({
      number: Number(slice.frame!.split(':')[1]),
      views: views.map((view) => new Pyramid(view)),
    });
  }
  return slices;
}

function twinFit(one: Slice, other: Slice): Fit | null {
  for (const mine of one.views)
    for (const its of other.views) {
      const fit = align(mine, its);
      if (fit && isTwin(fit)) return fit;
    }
  return null;
}

/** Of the pairs of slices at this distance, those called twins, and of these those marked as neighbouring slices. */
function twinsAt(slices: readonly Slice[], apart: number): { twins: number; told: number; pairs: number } {
  const pairs = slices.flatMap((one) => {
    const other = slices.find(({ number }) => number === one.number + apart);
    return other ? [[one, other] as const] : [];
  });
  const twins = pairs.flatMap(([one, other]) => twinFit(one, other) ?? []);
  const told = twins.filter((fit) => changeOf(fit).nextSlice);
  return { twins: twins.length, told: told.length, pairs: pairs.length };
}

describe.skipIf(!existsSync(data))('slices of one volume (../shared/data/nifti)', () => {
  test.each(planes)('3 to 6 mm apart are no twins: FLAIR of 1 mm, %s', async (plane) => {
    const slices = await slicesOf('nifti/niivue__FLAIR.nii.gz', plane);
    const counts = [1, 2, 3, 4, 5, 6].map((apart) => twinsAt(slices, apart));
    process.stdout.write(
      `${plane}, 1 to 6 mm: ${counts.map(({ twins, pairs }) => `${twins}/${pairs}`).join(' ')}\n`,
    );
    for (const { twins, pairs } of counts.slice(2)) {
      expect(pairs).toBeGreaterThan(90);
      expect(twins).toBe(0);
    }
    // Those found are marked as neighbouring slices rather than copies: docs/measurements.md.
    const told = counts.reduce((sum, count) => sum + count.told, 0);
    expect(told / counts.reduce((sum, { twins }) => sum + twins, 0)).toBeGreaterThan(0.5);
    // Most neighbours at 1 mm are: a volume is one group because of its file, not because of what is found here.
    expect(counts[1]!.twins / counts[1]!.pairs).toBeLessThan(0.1);
  });
});

describe.skipIf(!existsSync(data))('brain MR of one study (../shared/data/dicom)', () => {
  test('is no twin of another slice', async () => {
    const files = readdirSync(path.join(data, 'dicom')).filter((file) => file.includes('datalad_structural'));
    const slices: Slice[] = [];
    for (const file of files) {
      for await (const { pixels, width, height } of picturesIn(path.join(data, 'dicom', file), file, {
        salt: 'a test',
      })) {
        const views = viewsOf(await greySquareOf(pixels, width, height, SQUARE));
        slices.push({ number: slices.length, views: views.map((view) => new Pyramid(view)) });
      }
    }
    expect(slices.length).toBe(8);
    for (const [index, one] of slices.entries())
      for (const other of slices.slice(index + 1)) expect(twinFit(one, other)).toBeNull();
  });
});
