import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { groupsOf } from '../../src-main/check/scan-groups.ts';
import { picturesIn, planes } from '../../src-main/images/scan.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import type { Registry } from '../../src-main/registry/registry.ts';
import { makeSearchedSplit } from '../../src-main/split/searched-split.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { copyKinds, copyOf, type CopyKind } from './made-copies.ts';
import { markdownTable } from './summary.ts';

const data = path.join(import.meta.dirname, '../../../shared/data');

/** Slices of a volume that are taken are so many millimetres apart, about: neighbours are another question (`measure-slices.ts`). */
const APART = 10;
const volumes = [
  { file: 'niivue__FLAIR.nii.gz', every: APART },
  { file: 'niivue__norm.mgz', every: APART },
  { file: 'niivue__inia19-t1-brain.nii.gz', every: 2 * APART },
];

type Source = { scan: string; className: 'positive' | 'negative'; file: string | Buffer };

/** Distinct as far as their bytes go: which of them are one scan otherwise is not known, and not counted. */
async function sources(most: number, seed: number): Promise<Source[]> {
  const found: Source[] = [];
  for (const [set, positive] of [
    ['navoneel', 'yes'],
    ['brain-tumor-dataset', 'Brain Tumor'],
  ] as const)
    for (const name of readdirSync(path.join(data, set)).sort())
      for (const file of readdirSync(path.join(data, set, name)).sort())
        found.push({
          scan: sha256Of(readFileSync(path.join(data, set, name, file))),
          className: name === positive ? 'positive' : 'negative',
          file: path.join(data, set, name, file),
        });
  const random = randomFrom(seed, 'sources');
  const drawn = [...new Map(found.map((one) => [one.scan, one])).values()]
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, most)
    .map(({ one }) => one);
  for (const { file, every } of volumes)
    for (const plane of planes) {
      let at = 0;
      for await (const { frame, pixels, width, height } of picturesIn(path.join(data, 'nifti', file), file, {
        salt: 'measured',
        plane,
      }))
        if ((at += 1) % every === 0)
          drawn.push({
            scan: `${file} ${frame}`,
            className: drawn.length % 2 ? 'positive' : 'negative',
            file: await sharp(pixels, { raw: { width, height, channels: 3 } })
              .png()
              .toBuffer(),
          });
    }
  return drawn;
}

type Made = { scan: string; how: CopyKind | null };

/** Writes scans and copies of them, under names that say nothing. @returns what each file is. */
async function write(folder: string, { scans, copies, seed }: MadeOptions): Promise<Map<string, Made>> {
  const truth = new Map<string, Made>();
  for (const className of ['positive', 'negative'])
    mkdirSync(path.join(folder, className), { recursive: true });
  for (const [at, { scan, className, file }] of (await sources(scans, seed)).entries()) {
    const random = randomFrom(seed, `copies of ${scan}`);
    const put = (picture: Buffer, how: CopyKind | null) => {
      const name = `${className}/${sha256Of(`${seed} ${truth.size}`).slice(0, 12)}${picture[0] === 0xff ? '.jpg' : '.png'}`;
      writeFileSync(path.join(folder, name), picture);
      truth.set(name, { scan, how });
    };
    put(await sharp(file).flatten({ background: 'black' }).png().toBuffer(), null);
    for (let copy = 0; copy < copies; copy += 1) {
      const how = copyKinds[(at * copies + copy) % copyKinds.length]!;
      put(await copyOf(file, how, random), how);
    }
  }
  return truth;
}

export type MadeOptions = { scans: number; copies: number; seed: number; splits: number };

/**
 * Splits of scans with altered copies that nothing was tuned on: how many copies are in the group of their scan, and how many test
 * images have their scan in training, by what is known of how the set was made.
 */
export async function measureMade(registry: Registry, folder: string, options: MadeOptions): Promise<void> {
  const truth = await write(folder, options);
  const { dataset } = await importFolder({ registry, folder });
  await checkDataset({ registry, datasetId: dataset.id });
  const images = registry.images.list(dataset.id);
  const madeOf = new Map(images.map(({ id, file }) => [id, truth.get(file)!]));
  const [record, links] = [registry.checks.record(dataset.id)!, registry.checks.links(dataset.id)];
  const recall = () => {
    const missed = new Set(missing());
    return copyKinds.map((kind) => {
      const of = [...madeOf].flatMap(([id, { how }]) => (how === kind ? [id] : []));
      return { found: of.filter((id) => !missed.has(id)).length, of: of.length };
    });
  };
  const missing = () => {
    const { images: placed, labels } = groupsOf(registry, dataset.id, { by: 'twins' });
    const groupOf = new Map(placed.map(({ id }, place) => [id, labels[place]!]));
    return [...madeOf].flatMap(([id, { scan, how }]) =>
      how !== null && groupOf.get(id) !== groupOf.get(originals.get(scan)!) ? [id] : [],
    );
  };
  const originals = new Map(
    [...madeOf].flatMap(([id, { scan, how }]) => (how === null ? [[scan, id] as const] : [])),
  );
  const lineOf = (id: number) => {
    const { scan, how } = madeOf.get(id)!;
    return `${how}: ${fileOf.get(id)} of ${fileOf.get(originals.get(scan)!)}`;
  };
  const fileOf = new Map(images.map(({ id, file }) => [id, file]));
  const leaks = (splitId: string) => {
    const parts = registry.parts.list(splitId);
    const learnt = new Set(
      parts.flatMap(({ imageId, part }) => (part === 'train' ? [madeOf.get(imageId)!.scan] : [])),
    );
    const test = parts.filter(({ part }) => part === 'test');
    return {
      leaking: test.filter(({ imageId }) => learnt.has(madeOf.get(imageId)!.scan)).length,
      of: test.length,
    };
  };
  const checked = recall();
  /** Copies that are not in the group of their scan, and the test images whose scan is in training: a line each. */
  const told = new Set<string>();
  const joined = copyKinds.map(() => [] as { found: number; of: number }[]);
  const rows: string[][] = [];
  const sum = { before: 0, after: 0, of: 0 };
  for (let seed = 1; seed <= options.splits; seed += 1) {
    // Each as the first one after the check.
    registry.checks.put(record, links);
    const how = { registry, datasetId: dataset.id, test: 0.2, validation: 0.1, seed };
    const before = leaks(makeSplit(how).split.id);
    const [began, clock] = [process.cpuUsage(), performance.now()];
    const { split } = await makeSearchedSplit(how);
    const { user, system } = process.cpuUsage(began);
    const after = leaks(split.id);
    recall().forEach((one, at) => joined[at]!.push(one));
    for (const id of missing()) told.add(lineOf(id));
    sum.before += before.leaking;
    sum.after += after.leaking;
    sum.of += after.of;
    const { compared, joined: pairs, left, planted, recovered } = split.certificate!.searched!;
    rows.push([
      String(seed),
      `${before.leaking} of ${before.of}`,
      `${after.leaking} of ${after.of}`,
      String(pairs),
      String(left),
      String(compared),
      `${recovered}/${planted}`,
      `${((user + system) / 1e6).toFixed(0)} s, ${((performance.now() - clock) / 1000).toFixed(0)} s`,
    ]);
    process.stderr.write(`${rows.at(-1)!.join(' | ')}\n`);
  }
  const share = (some: readonly { found: number; of: number }[]) => {
    const [found, of] = [some.reduce((n, one) => n + one.found, 0), some.reduce((n, one) => n + one.of, 0)];
    return `${(found / of).toFixed(3)} (${found}/${of})`;
  };
  process.stdout.write(
    `${images.length} images of ${new Set([...truth.values()].map(({ scan }) => scan)).size} scans, seed ${options.seed}.\n\n` +
      `${markdownTable(
        ['copy', 'found by the check', 'after the search of each split'],
        copyKinds.map((kind, at) => [kind, share([checked[at]!]), share(joined[at]!)]),
        1,
      )}\n\n` +
      `${markdownTable(['seed', 'test images with their scan in training, not searched', 'searched', 'pairs joined', 'left', 'compared', 'planted found', 'processor, clock'], rows, 1)}\n\n` +
      `Per 1,000 test images: ${((1000 * sum.before) / sum.of).toFixed(2)} not searched, ${((1000 * sum.after) / sum.of).toFixed(2)} searched.\n`,
  );
  for (const line of told) process.stdout.write(`\nNot found: ${line}`);
  process.stdout.write('\n');
}
