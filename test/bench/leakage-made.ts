import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import { groupsOf } from '../../src-main/check/scan-groups.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import type { Registry } from '../../src-main/registry/registry.ts';
import { makeSearchedSplit } from '../../src-main/split/searched-split.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { sha256Of } from '../../src-main/system/hashes.ts';
import { copyKinds } from './made-copies.ts';
import { madePictures, type MadePicture, type Making } from './made-pictures.ts';
import { markdownTable } from './summary.ts';

type Made = Pick<MadePicture, 'scan' | 'how'>;

/**
 * Writes scans and copies of them.
 * @returns the truth about each file, and a hash of all: texts are drawn in the machine's fonts, and other fonts give other files.
 */
async function write(folder: string, making: Making): Promise<{ truth: Map<string, Made>; hash: string }> {
  const truth = new Map<string, Made>();
  const hashes: string[] = [];
  for (const className of ['positive', 'negative'])
    mkdirSync(path.join(folder, className), { recursive: true });
  for await (const { name, scan, how, picture } of madePictures(making)) {
    writeFileSync(path.join(folder, name), picture);
    truth.set(name, { scan, how });
    hashes.push(sha256Of(picture));
  }
  return { truth, hash: sha256Of(hashes.join()).slice(0, 12) };
}

export type MadeOptions = Making & { splits: number };

/**
 * Splits of scans with altered copies that nothing was tuned on: how many copies are in the group of their scan, and how many test
 * images have their scan in training, by the known truth of the set.
 */
export async function measureMade(registry: Registry, folder: string, options: MadeOptions): Promise<void> {
  const { truth, hash } = await write(folder, options);
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
  /** Copies that are not in the group of their scan, and test images whose scan is in training: one line each. */
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
    `${images.length} images of ${new Set([...truth.values()].map(({ scan }) => scan)).size} scans, seed ${options.seed}, files ${hash}.\n\n` +
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
