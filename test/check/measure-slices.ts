import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { inverseOf } from '../../src-main/check/affine.ts';
import { align, isTwin, type Fit } from '../../src-main/check/align.ts';
import { change, changeOf } from '../../src-main/check/change.ts';
import { SQUARE, viewPairs, viewsOf } from '../../src-main/check/head.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { picturesIn, planes } from '../../src-main/images/scan.ts';
import { alterations, altered, greyOf, markings, squareOf, type Grey } from './check-fixtures.ts';

const help = `node build/run.mjs test/check/measure-slices.ts

How many of the twins that are neighbouring slices of a volume are told so ("same patient, next slice"), and how many altered
copies are: slices of ../shared/data/nifti up to five apart, and scans of ../shared/data with an alteration or marking each. Then the
same by numbers chosen on half of the heads and tried on the other half, and on volumes that no numbers were chosen on.

  --seed N    of what is done to copies [5]
`;

const data = path.join(import.meta.dirname, '../../../shared/data');
const { values } = parseArgs({
  options: { help: { type: 'boolean' }, seed: { type: 'string', default: '5' } },
});
/** Volumes on which the mark's numbers were chosen, two heads per half; and others. */
const volumes = [
  { file: 'niivue__FLAIR.nii.gz', half: 0 },
  { file: 'niivue__norm.mgz', half: 1 },
  { file: 'niivue__brainmask.mgz', half: 1 },
  { file: 'niivue__inia19-t1-brain.nii.gz', half: 0 },
  ...['niivue__FA.nii.gz', 'niivue__shear.nii.gz', 'nibabel__test.mgz'].map((file) => ({
    file,
    half: null,
  })),
] as const;
const hows = [...Object.keys(alterations), ...Object.keys(markings)];

const pyramidsOf = async (grey: Grey) =>
  viewsOf(await squareOf(grey, SQUARE)).map((view) => new Pyramid(view));

/** How one aligns with the other as the search aligns twins. */
function fitOf(one: readonly Pyramid[], other: readonly Pyramid[]): Fit | null {
  for (const [i, j] of viewPairs(one.length, other.length)) {
    const [a, b] = [one[i]!, other[j]!];
    const fit = align(a, b);
    if (fit && isTwin(fit)) return fit;
    const back = align(b, a);
    if (back && isTwin(back)) return { ...back, affine: inverseOf(back.affine) };
  }
  return null;
}

type Count = { pairs: number; twins: number; marked: number; fits: Fit[] };
function count(of: Count, one: readonly Pyramid[], other: readonly Pyramid[]): void {
  const fit = fitOf(one, other);
  of.pairs += 1;
  if (!fit) return;
  of.twins += 1;
  of.fits.push(fit);
  if (changeOf(fit).nextSlice) of.marked += 1;
}

const none = (): Count => ({ pairs: 0, twins: 0, marked: 0, fits: [] });
const line = (name: string, { pairs, twins, marked }: Count) =>
  process.stdout.write(`| ${name} | ${pairs} | ${twins} | ${marked} | ${(marked / twins).toFixed(3)} |\n`);

async function main(): Promise<void> {
  process.stdout.write(
    '| pairs | tried | called twins | told "next slice" | share |\n| --- | --: | --: | --: | --: |\n',
  );
  const slicesOf: { half: 0 | 1 | null; fits: Fit[] }[] = [];
  const copiesOf: Fit[][] = [];
  for (const { file, half } of volumes.filter((one) => existsSync(path.join(data, 'nifti', one.file))))
    for (const plane of planes) {
      const slices = new Map<number, Pyramid[]>();
      for await (const { frame, pixels, width, height } of picturesIn(path.join(data, 'nifti', file), file, {
        salt: 'measured',
        plane,
      })) {
        const raw = { width, height, channels: 3 } as const;
        const grey = await sharp(pixels, { raw }).toColourspace('b-w').raw().toBuffer();
        slices.set(Number(frame!.split(':')[1]), await pyramidsOf({ width, height, pixels: grey }));
      }
      const found = none();
      for (const [number, slice] of slices)
        for (let apart = 1; apart <= 5; apart += 1) {
          const other = slices.get(number + apart);
          if (other) count(found, slice, other);
        }
      line(`${file}, ${plane}, 1 to 5 slices apart`, found);
      slicesOf.push({ half, fits: found.fits });
    }
  for (const [set, every] of [
    ['navoneel', 1],
    ['brain-tumor-dataset', 3],
  ] as const) {
    const files = readdirSync(path.join(data, set), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .filter((_, at) => at % every === 0);
    const found = none();
    for (const [at, file] of files.entries()) {
      const grey = await greyOf(file);
      const copy = await altered(grey, hows[at % hows.length]!, Number(values.seed), file);
      count(found, await pyramidsOf(grey), await pyramidsOf(copy));
    }
    line(`${set}, altered copies`, found);
    copiesOf.push(found.fits);
  }
  heldOut(slicesOf, copiesOf);
}

type Numbers = { detail: number; more: number };

/** As `changeOf`, with other numbers. */
function isMarked({ affine, grey, detail }: Fit, { detail: most, more }: Numbers): boolean {
  const { mirrored, turned, rotated } = change(affine);
  return (
    !mirrored && turned === 0 && Math.abs(rotated) < 2 && detail < most && 1 - detail > more * (1 - grey)
  );
}

const shareOf = (fits: readonly Fit[], numbers: Numbers) =>
  fits.filter((fit) => isMarked(fit, numbers)).length / Math.max(1, fits.length);

/** Fraction of copies that may be marked when the numbers are chosen, marked as `changeOf` marks them. */
const ALLOWED = 0.005;

/** Numbers that mark most slices of one half of the heads and hardly any copies of one dataset, applied to the other halves. */
function heldOut(slices: readonly { half: 0 | 1 | null; fits: Fit[] }[], copies: readonly Fit[][]): void {
  const fitsOf = (half: 0 | 1 | null) =>
    slices.filter((one) => one.half === half).flatMap(({ fits }) => fits);
  const grid = Array.from({ length: 12 }, (_, d) =>
    Array.from({ length: 13 }, (__, m) => ({ detail: 0.935 + d * 0.005, more: 1 + m / 4 })),
  ).flat();
  process.stdout.write(
    '\n| chosen on | detail below | times more | slices told there | on the other half | copies marked of the other dataset | volumes never chosen on |\n| --- | --: | --: | --: | --: | --: | --: |\n',
  );
  const told = (name: string, numbers: Numbers, own: Fit[], other: Fit[], others: Fit[]) => {
    const of = (fits: Fit[]) =>
      `${shareOf(fits, numbers).toFixed(3)} (${fits.filter((fit) => isMarked(fit, numbers)).length}/${fits.length})`;
    process.stdout.write(
      `| ${name} | ${numbers.detail.toFixed(3)} | ${numbers.more.toFixed(2)} | ${of(own)} | ${of(other)} | ${of(others)} | ${of(fitsOf(null))} |\n`,
    );
  };
  for (const half of [0, 1] as const) {
    const [own, other] = [fitsOf(half), fitsOf(half === 0 ? 1 : 0)];
    const best = grid
      .filter((numbers) => shareOf(copies[half]!, numbers) <= ALLOWED)
      .reduce((a, b) => (shareOf(own, b) > shareOf(own, a) ? b : a));
    told(
      ['FLAIR and macaque, navoneel', 'norm and brainmask, brain-tumor-dataset'][half]!,
      best,
      own,
      other,
      copies[1 - half]!,
    );
  }
  told('all of them (as it is)', { detail: 0.97, more: 2 }, fitsOf(0), fitsOf(1), copies.flat());
}

if (values.help) process.stdout.write(help);
else await main();
