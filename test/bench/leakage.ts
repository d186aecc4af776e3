import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { groupsOf } from '../../src-main/check/scan-groups.ts';
import { checkDataset } from '../../src-main/check/check-handlers.ts';
import type { Grouping } from '../../src-main/contract/grouping.ts';
import { NetworkName } from '../../src-main/contract/networks.ts';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { makeSplit } from '../../src-main/split/split-handlers.ts';
import { queueRuns, runQueue } from '../../src-main/train/train-handlers.ts';
import { leakageChart } from './leakage-chart.ts';
import { measureMade } from './leakage-made.ts';
import { machine, machineLine } from './machine.ts';
import { markdownTable } from './summary.ts';

const usage = `npm run bench:leakage -- [options]

What near twins on both sides of a split do to a result: the same network with the same settings on a random split
(exact duplicates kept together, near twins not) and on a split by groups of twins, for several seeds.

  --folder DIR     images in two class folders     [../shared/data/brain-tumor-dataset]
  --network NAME   mobilenetv2, densenet121 or resnet50   [mobilenetv2]
  --weights FILE   pretrained weights, or none     [../shared/weights/mobilenet_v2_1.0_224_no_top.bn-folded.h5]
  --seeds N        seeds 1 to N                    [3]
  --size PX        side of the square images       [224]
  --epochs N       epochs                          [9]
  --svg FILE       also draws the accuracies

  --made           trains nothing: splits scans of ../shared/data with altered copies of them that nothing was tuned on,
                   and counts the test images whose scan is in training, and the copies that are found
  --scans N        pictures drawn for it, beside slices of volumes   [600]
  --copies N       copies of each                                    [3]
  --seed N         of what is drawn                                  [101]
  --keep DIR       leaves the pictures there
                   --seeds is then how many splits are drawn
`;

function readOptions() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      folder: text,
      network: text,
      weights: text,
      seeds: text,
      size: text,
      epochs: text,
      svg: text,
      made: { type: 'boolean', default: false },
      scans: text,
      copies: text,
      seed: text,
      keep: text,
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const shared = join(import.meta.dirname, '../../../shared');
  const folder = resolve(values.folder ?? join(shared, 'data/brain-tumor-dataset'));
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}. Name one with --folder DIR.`);
  return {
    folder,
    network: NetworkName.parse(values.network ?? 'mobilenetv2'),
    weights: values.weights ?? join(shared, 'weights/mobilenet_v2_1.0_224_no_top.bn-folded.h5'),
    seeds: Number(values.seeds ?? 3),
    size: Number(values.size ?? 224),
    epochs: Number(values.epochs ?? 9),
    svg: values.svg,
    keep: values.keep,
    made: values.made
      ? {
          scans: Number(values.scans ?? 600),
          copies: Number(values.copies ?? 3),
          seed: Number(values.seed ?? 101),
          splits: Number(values.seeds ?? 3),
        }
      : null,
  };
}

type Options = ReturnType<typeof readOptions>;

/** Number of correct answers, and their total. */
export interface Tally {
  right: number;
  of: number;
}

/** The result of one training. */
export interface Outcome {
  seed: number;
  split: 'random' | 'grouped';
  all: Tally;
  auc: number;
  /** For test images with a twin in training or validation, and for those without. */
  withTwin: Tally;
  withoutTwin: Tally;
}

const groupings: Record<Outcome['split'], Grouping> = { random: { by: 'none' }, grouped: { by: 'twins' } };

async function outcome(
  { network, weights, size, epochs }: Options,
  registry: Registry,
  home: string,
  datasetId: string,
  seed: number,
  split: Outcome['split'],
): Promise<Outcome> {
  const made = makeSplit({
    registry,
    datasetId,
    test: 0.2,
    validation: 0.1,
    seed,
    grouping: groupings[split],
  });
  const overrides = { weights, seed, epochs, imageSize: size };
  const [run] = await queueRuns({ registry, home, splitId: made.split.id, networks: [network], overrides });
  const [trained] = await runQueue({ registry, home, runIds: [run!.id] });
  if (trained?.status !== 'done') throw new Error(`${run!.id} is ${trained?.status}: ${trained?.error}`);
  const metrics = await evaluateRun({ registry, home, runId: run!.id });

  const { images, labels } = groupsOf(registry, datasetId, { by: 'twins' });
  const groupOf = new Map(images.map(({ id }, place) => [id, labels[place]!]));
  const learned = new Set(
    registry.parts
      .list(made.split.id)
      .filter(({ part }) => part !== 'test')
      .map(({ imageId }) => groupOf.get(imageId)!),
  );
  const judged = registry.testPredictions.list(run!.id).map(({ imageId, label, probability }) => ({
    right: Number(probability >= metrics.threshold) === label,
    twin: learned.has(groupOf.get(imageId)!),
  }));
  const tally = (some: typeof judged): Tally => ({
    right: some.filter(({ right }) => right).length,
    of: some.length,
  });
  return {
    seed,
    split,
    all: tally(judged),
    auc: metrics.auc ?? NaN,
    withTwin: tally(judged.filter(({ twin }) => twin)),
    withoutTwin: tally(judged.filter(({ twin }) => !twin)),
  };
}

const shareText = ({ right, of }: Tally): string =>
  of === 0 ? '–' : `${(right / of).toFixed(3)} (${right}/${of})`;

const shareOf = ({ right, of }: Tally): number => right / of;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function print(options: Options, outcomes: Outcome[]): void {
  const rows = outcomes.map(({ seed, split, all, auc, withTwin, withoutTwin }) => [
    String(seed),
    split,
    shareText(all),
    auc.toFixed(3),
    shareText(withTwin),
    shareText(withoutTwin),
  ]);
  const of = (split: Outcome['split']) =>
    outcomes.filter((one) => one.split === split).map(({ all }) => shareOf(all));
  const [random, grouped] = [of('random'), of('grouped')];
  const differences = random.map((value, i) => value - grouped[i]!);
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}, ${machineLine(machine())}; ${options.network}, ${options.size} px, ` +
      `${options.epochs} epochs at most.\n\n` +
      `${markdownTable(['seed', 'split', 'test accuracy', 'AUC', 'test images with a twin outside', 'without'], rows, 2)}\n\n` +
      `Mean accuracy ${mean(random).toFixed(3)} (random) and ${mean(grouped).toFixed(3)} (grouped); difference ` +
      `${mean(differences).toFixed(3)} (${Math.min(...differences).toFixed(3)} to ${Math.max(...differences).toFixed(3)}).\n`,
  );
}

async function main(): Promise<void> {
  const options = readOptions();
  const home = mkdtempSync(join(tmpdir(), 'falx-leakage-'));
  const registry = Registry.open(home);
  try {
    if (options.made) {
      process.stdout.write(`${machineLine(machine())}\n\n`);
      await measureMade(registry, options.keep ?? join(home, 'made'), options.made);
      return;
    }
    const { dataset } = await importFolder({ registry, folder: options.folder });
    await checkDataset({ registry, datasetId: dataset.id });
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= options.seeds; seed += 1)
      for (const split of ['random', 'grouped'] as const) {
        const one = await outcome(options, registry, home, dataset.id, seed, split);
        process.stderr.write(`seed ${seed}, ${split}: ${shareText(one.all)}\n`);
        outcomes.push(one);
      }
    print(options, outcomes);
    if (options.svg) writeFileSync(options.svg, leakageChart(outcomes));
  } finally {
    registry.close();
    rmSync(home, { recursive: true });
  }
}

await main();
