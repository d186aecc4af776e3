import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { inverseOf } from '../../src-main/check/affine.ts';
import { align, isTwin, type Fit } from '../../src-main/check/align.ts';
import { changeOf } from '../../src-main/check/change.ts';
import { SQUARE, viewPairs, viewsOf } from '../../src-main/check/head.ts';
import { Pyramid } from '../../src-main/check/pyramid.ts';
import { picturesIn, planes } from '../../src-main/images/scan.ts';
import { alterations, altered, greyOf, markings, squareOf, type Grey } from './check-fixtures.ts';

const help = `node build/run.mjs test/check/measure-slices.ts

How many of the twins that are neighbouring slices of a volume are told so ("same patient, next slice"), and how many altered
copies are: slices of ../shared/data/nifti up to five apart, and scans of ../shared/data with an alteration or marking each.

  --seed N    of what is done to copies [5]
`;

const data = path.join(import.meta.dirname, '../../../shared/data');
const { values } = parseArgs({
  options: { help: { type: 'boolean' }, seed: { type: 'string', default: '5' } },
});
const volumes = [
  'niivue__FLAIR.nii.gz',
  'niivue__norm.mgz',
  'niivue__brainmask.mgz',
  'niivue__inia19-t1-brain.nii.gz',
];
const hows = [...Object.keys(alterations), ...Object.keys(markings)];

const pyramidsOf = async (grey: Grey) =>
  viewsOf(await squareOf(grey, SQUARE)).map((view) => new Pyramid(view));

/** How one lies over the other if they are twins, as the search lays them. */
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

type Count = { pairs: number; twins: number; marked: number };
function count(of: Count, one: readonly Pyramid[], other: readonly Pyramid[]): void {
  const fit = fitOf(one, other);
  of.pairs += 1;
  if (!fit) return;
  of.twins += 1;
  if (changeOf(fit).nextSlice) of.marked += 1;
}

const none = (): Count => ({ pairs: 0, twins: 0, marked: 0 });
const line = (name: string, { pairs, twins, marked }: Count) =>
  process.stdout.write(`| ${name} | ${pairs} | ${twins} | ${marked} | ${(marked / twins).toFixed(3)} |\n`);

async function main(): Promise<void> {
  process.stdout.write(
    '| pairs | tried | called twins | told "next slice" | share |\n| --- | --: | --: | --: | --: |\n',
  );
  for (const file of volumes.filter((name) => existsSync(path.join(data, 'nifti', name))))
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
  }
}

if (values.help) process.stdout.write(help);
else await main();
