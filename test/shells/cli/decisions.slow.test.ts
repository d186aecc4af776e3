import { expect, test } from 'vitest';
import type { Checked } from '../../../src-main/check/report.ts';
import type { SplitMade } from '../../../src-main/split/split-handlers.ts';
import { falx, falxJson } from './falx.ts';
import { homeWithTwins } from './twins.ts';

const { home, scans } = homeWithTwins();

test('shows what it found before while nothing has changed, and looks anew when asked', async () => {
  const before = await falxJson<Checked>(home, ['check', 'd']);
  expect(await falxJson<Checked>(home, ['check', 'd'])).toEqual(before);
  expect((await falx(home, 'check', 'd')).stderr).toMatch(/^No image has changed since the last check/);
  const again = await falxJson<Checked>(home, ['check', 'd', '--again']);
  expect(again.check.created > before.check.created).toBe(true);
  expect(again.groups).toEqual(before.groups);
});

test('takes decisions, one at a time, and takes them back', async () => {
  const dropped = ({ groups }: Checked) =>
    groups.flatMap(({ first, twins }) => [first, ...twins].flatMap((one) => (one.dropped ? [one.file] : [])));
  const wrong = await falxJson<Checked>(home, ['check', 'd', '--drop', 'Healthy/wrong.png']);
  expect(wrong).toMatchObject({ groupsWithMixedLabels: 0, undecided: 2, dropped: 1, decisions: 1 });
  const twins = await falxJson<Checked>(home, ['check', 'd', '--drop-twins']);
  expect(twins).toMatchObject({ undecided: 0, dropped: 3, distinctScans: 8 });
  expect(dropped(twins)).toHaveLength(3);
  expect((await falx(home, 'check', 'd')).stdout).toMatch(/^ {2}3 images dropped: left out of splits$/m);

  // 8 scans are left: 4 of each class, of which 1 each for validation and test.
  const { counts, split } = await falxJson<SplitMade>(home, ['split', 'd']);
  expect(counts).toEqual({ train: 4, validation: 2, test: 2 });
  expect(split.certificate).toMatchObject({ dropped: 3, twinsAcross: 0, groups: 8, largestGroup: 1 });

  expect((await falx(home, 'check', 'd', '--decisions')).stdout).toMatch(
    / drop: .*\n.* drop: Healthy\/wrong\.png$/m,
  );
  expect(await falxJson<Checked>(home, ['check', 'd', '--undo'])).toMatchObject({ dropped: 1 });
  expect(await falxJson<Checked>(home, ['check', 'd', '--redo'])).toMatchObject({ dropped: 3 });
  await falxJson(home, ['check', 'd', '--undo']);
  expect(await falxJson<Checked>(home, ['check', 'd', '--undo'])).toMatchObject({ dropped: 0, decisions: 0 });

  const apart = ['check', 'd', '--not-twins', 'Healthy/healthy-0002.png', 'Healthy/turned.jpg'];
  expect((await falxJson<Checked>(home, apart)).groups).toHaveLength(2);
  await falxJson(home, ['check', 'd', '--undo']);
});

test.each([
  [['--undo', '--redo'], 2, /one of these at a time: "--undo", "--redo"/],
  [['--undo'], 2, /no decision about "d" to undo/],
  [['--redo', '--again'], 0, /^/],
  [['--drop', 'Healthy/helthy-0001.png'], 1, /has no image .*nearest: "Healthy\/healthy-0001\.png"/],
  [['--keep'], 2, /argument missing/],
  [['--same-patient', 'Healthy/copy.png'], 2, /needs two images or more/],
  [['--pattern', '(a'], 2, /is not a valid regular expression/],
])('falx check d %j exits with %i', async (args, code, said) => {
  const ended = await falx(home, 'check', 'd', ...args);
  expect(ended.stderr).toMatch(said);
  expect(ended.code).toBe(code);
});

test('shows what a pattern would make of the file names', async () => {
  const { stdout } = await falx(home, 'check', 'd', '--pattern', '-000(\\d)');
  expect(stdout).toMatch(/makes 4 groups of the images of d\n {2}1: 2 images, Healthy\/healthy-0001\.png, /);
  expect(stdout).toMatch(/3 images not matched, each a group of its own: Healthy\/copy\.png, /);
  expect(stdout).toMatch(/Next: falx split ds-\w+ --pattern '-000\(\\d\)'$/m);
});

test('a split looks for twins first, so that none lie across its parts', async () => {
  await falxJson(home, ['import', scans, '--name', 'e']);
  const unchecked = await falx(home, 'split', 'e', '--no-check');
  expect(unchecked.stderr).toMatch(/near-duplicates may be in different sets/);
  expect(unchecked.stdout).toMatch(/near-duplicates were not looked for: only exact duplicates are known/);
  const { stdout } = await falx(home, 'split', 'e');
  expect(stdout).toMatch(/^Certificate: 0 pairs of twins across sets, 0 of 8 groups across sets$/m);
  expect(stdout).toMatch(
    /^ {2}grouped by twins; the largest group has 2 images\n {2}no patient is known.*\n {2}checked for twins 2.*\n {2}searched again between the sets: none found in \d+ comparisons; found \d+ of \d+ altered copies planted there$/m,
  );
});

test('folds are splits of their own, each image in one test part', async () => {
  const { splits, set } = await falxJson<{ set: string; splits: SplitMade[] }>(home, [
    'split',
    'd',
    '--folds',
    '3',
    '--validation',
    '0',
  ]);
  expect(splits.map(({ split }) => split.fold)).toEqual([0, 1, 2].map((index) => ({ set, index, of: 3 })));
  expect(splits.reduce((sum, { counts }) => sum + counts.test, 0)).toBe(11);
  const { stdout } = await falx(home, 'split', 'd', '--folds', '3', '--validation', '0');
  expect(stdout).toMatch(/^3 folds of d, seed 7: each image is in one test set$/m);
  expect((await falx(home, 'show', splits[1]!.split.id)).stdout).toMatch(
    /fold 2 of 3 \(cv-.*\n {2}Certificate: 0 pairs/,
  );
});

test.each([
  [['--by', 'patient'], /No patient of "d" is known/],
  [['--by', 'hospital'], /--by twins, patient or none, or with --pattern/],
  [['--by', 'pattern'], /needs the pattern/],
  [['--by', 'none', '--pattern', 'x'], /can.t be combined/],
  [['--folds', '5', '--use-given'], /leave --test and --use-given out/],
  [['--folds', '5', '--test', '0.2'], /leave --test and --use-given out/],
])('falx split d %j is refused', async (args, said) => {
  const ended = await falx(home, 'split', 'd', ...args);
  expect(ended.stderr).toMatch(said);
  expect(ended.code).toBe(2);
});
