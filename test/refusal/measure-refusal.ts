import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import type { Prediction } from '../../src-main/contract/records.ts';
import { fittedOf } from '../../src-main/evaluate/fitted.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { randomFrom, shuffled } from '../../src-main/statistics/random.ts';
import { dataOf } from '../../src-main/train/plan.ts';

/*
 * npm run measure:refusal -- --home HOME --run RUN [--data ../shared/data] [--photos DIR] [--most 300] [--seed 7]
 * npm run measure:refusal -- --home HOME --run RUN --others DIR: its test scans, and one set for each folder in DIR only
 *
 * An evaluated run's answers to its own test scans, the same blurred, cropped, and flipped training scans, and to what it should
 * refuse: photographs in colour and in grey, DICOM other than head MRI, NIfTI, scans of another data set.
 */

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { home: text, run: text, data: text, photos: text, others: text, most: text, seed: text },
});
if (!values.home || !values.run) throw new Error('--home and --run are needed');
const shared = path.resolve(values.data ?? path.join(import.meta.dirname, '../../../shared/data'));
const most = Number(values.most ?? 300);
const random = randomFrom(Number(values.seed ?? 7), 'refusal');
const registry = Registry.open(path.resolve(values.home));
const run = registry.runs.get(values.run);
const fitted = fittedOf(run)?.fitted;
if (!fitted) throw new Error(`${run.id} has nothing fitted: falx evaluate ${run.id}`);
const scratch = mkdtempSync(path.join(tmpdir(), 'falx-refusal-'));

type Alter = (image: Sharp, width: number, height: number) => Sharp;

const drawn = (files: readonly string[], count = most): string[] =>
  shuffled(files.length, random)
    .slice(0, count)
    .map((at) => files[at]!);

const filesIn = (folder: string, accept: (name: string) => boolean = () => true): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && accept(entry.name) && entry.name !== 'MANIFEST.csv')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

/** Altered copies of pictures; those libvips can't read are skipped. */
async function altered(name: string, files: readonly string[], alter: Alter): Promise<string[]> {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  const made: string[] = [];
  for (const [i, file] of files.entries()) {
    const target = path.join(folder, `${i}-${path.basename(file)}.png`);
    const { width, height } = await sharp(file).metadata();
    await alter(sharp(file), width, height).png().toFile(target);
    made.push(target);
  }
  return made;
}

const grey: Alter = (image) => image.greyscale();
const { dataset, images, parts } = dataOf(registry, run.splitId);
const ofPart = (part: 'train' | 'test') =>
  drawn(parts[part].rows.map((row) => path.join(dataset.folder, images[row]!.file)));
const [test, train] = [ofPart('test'), ofPart('train').slice(0, 60)];
const food = filesIn(path.join(shared, 'not-mri'));
const isBrain = (name: string) => name.startsWith('brain_mr');
const dicom = path.join(shared, 'dicom');
const sets: [string, string[]][] = [
  ['test scans', test],
  ['food, colour', food],
  ['food, grey', await altered('food', food, grey)],
  ['DICOM, brain MR', filesIn(dicom, isBrain)],
  ['DICOM, other', filesIn(dicom, (name) => !isBrain(name))],
  ['NIfTI, MGH', filesIn(path.join(shared, 'nifti'))],
  ['navoneel, no', filesIn(path.join(shared, 'navoneel', 'no'))],
  ['navoneel, yes', filesIn(path.join(shared, 'navoneel', 'yes'))],
  ['test, blurred', await altered('blurred', test.slice(0, 60), (image, width) => image.blur(width / 40))],
  [
    'test, cropped',
    await altered('cropped', test.slice(0, 60), (image, width, height) =>
      image.extract({
        left: Math.floor(width * 0.3),
        top: Math.floor(height * 0.3),
        width: Math.floor(width * 0.55),
        height: Math.floor(height * 0.55),
      }),
    ),
  ],
  ['train, flipped', await altered('flipped', train, (image) => image.flop())],
  ['train, turned', await altered('turned', train, (image) => image.rotate(90))],
];
if (values.photos) {
  const photos = filesIn(values.photos);
  sets.push(['photographs', photos], ['photographs, grey', await altered('photos', photos, grey)]);
}

if (values.others) {
  const { others } = values;
  const folders = readdirSync(others, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  sets.splice(
    1,
    sets.length,
    ...folders.map(({ name }): [string, string[]] => [name, filesIn(path.join(others, name))]),
  );
}

const columns = ['pictures', 'refused', 'warned', 'unsure', 'positive', 'negative', 'twin', 'sure'];
console.log(`| ${['set', ...columns].join(' | ')} |\n|${' --- |'.repeat(columns.length + 1)}`);
for (const [name, files] of sets) {
  const all = (await predictFiles({ registry, home: registry.home, runs: [run], files, slices: 8 })).filter(
    ({ probability }) => probability !== null,
  );
  const share = (of: (one: Prediction) => boolean) =>
    `${all.filter(of).length} (${((100 * all.filter(of).length) / Math.max(1, all.length)).toFixed(1)} %)`;
  const isTold = (code: string) => (one: Prediction) => one.notices.some((notice) => notice.code === code);
  const cells = [
    String(all.length),
    share(({ answer }) => answer === 'refused'),
    share((one) => one.answer !== 'refused' && isTold('noticeUnlike')(one)),
    ...(['unsure', 'positive', 'negative'] as const).map((word) => share(({ answer }) => answer === word)),
    share(isTold('noticeTwin')),
    share(({ answer, probability }) => answer === 'positive' && probability! >= 0.9),
  ];
  console.log(`| ${[name, ...cells].join(' | ')} |`);
}
console.log(`\nAs fitted and tried on all test scans by group: ${JSON.stringify(fitted.test)}`);
registry.close();
rmSync(scratch, { recursive: true, force: true });
