import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NetworkName } from '../../src-main/contract/networks.ts';
import { defaultSettings } from '../../src-main/contract/settings.ts';
import { pixelFile } from '../../src-main/images/cache.ts';
import { importFolder } from '../../src-main/import/import-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { Engine } from '../../src-main/train/engine.ts';
import { train } from '../../src-main/train/loop.ts';
import { noise } from './child.ts';
import { startingNumbers } from './bench-falx.ts';
import { machine, machineLine } from './machine.ts';
import { markdownTable, median, ratioByRound, ratioText } from './summary.ts';
import type { TrainPacket, TrainPlan } from '../../src-main/contract/packets.ts';
import type { ImageRecord } from '../../src-main/contract/records.ts';
import type { StepInput } from '../../src-main/train/engine.ts';

const usage = `npm run bench:data -- [options]

Measures what feeding costs: the trainer trains on real files, and after each of its epochs the same graph makes
as many steps on one batch that stays in memory. Goal: an epoch takes at most 5 % longer than its steps alone.

  --folder DIR     images in two class folders   [../shared/data/brain-tumor-dataset]
  --network NAME   mobilenetv2, whose short steps show feeding most, densenet121 or resnet50
  --images N       images an epoch               [192]
  --epochs N       epochs that count             [5]
  --size PX        side of the square images     [224]
`;

const most = 1.05;

function readOptions() {
  const text = { type: 'string' } as const;
  const names = { folder: text, network: text, images: text, epochs: text, size: text };
  const { values } = parseArgs({ options: { ...names, help: { type: 'boolean', default: false } } });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const folder = resolve(
    values.folder ?? join(import.meta.dirname, '../../../shared/data/brain-tumor-dataset'),
  );
  if (!existsSync(folder))
    throw new Error(
      `There is no folder ${folder}. Make one with "npx falx demo DIR" and name it with --folder DIR.`,
    );
  return {
    folder,
    network: NetworkName.parse(values.network ?? 'mobilenetv2'),
    images: Number(values.images ?? 192),
    epochs: Number(values.epochs ?? 5),
    size: Number(values.size ?? 224),
  };
}

type Options = ReturnType<typeof readOptions>;

/** Imports and decodes the folder, and measures each. */
async function prepare(
  { folder, size, network, images: wanted, epochs }: Options,
  home: string,
): Promise<TrainPlan> {
  const registry = Registry.open(home);
  try {
    const [imported, importing] = await clocked(() => importFolder({ registry, folder }));
    const { dataset } = imported;
    const images = registry.images.list(dataset.id);
    const settings = {
      ...defaultSettings(network, false, size),
      epochs: epochs + 1,
      patience: 0,
    };
    const [pixels, decoding] = await clocked(() => pixelFile(dataset, images, settings.pixels, home));
    process.stdout.write(
      `${images.length} files: imported in ${importing.toFixed(1)} s, decoded into ${size}² pixels in ${decoding.toFixed(1)} s ` +
        `(${(images.length / decoding).toFixed(0)} images a second).\n\n`,
    );
    const [negative, positive] = [
      dataset.classes.find((name) => name !== dataset.positive) ?? '',
      dataset.positive,
    ];
    const rows = spreadRows(images.length, wanted);
    return {
      runId: 'run-bench',
      folder: mkdtempSync(join(home, 'run-')),
      settings,
      weightsFile: null,
      pixelFile: pixels,
      train: {
        rows,
        labels: rows.map((row) => ((images[row] as ImageRecord).className === positive ? 1 : 0)),
      },
      validation: { rows: [], labels: [] },
      classes: [negative, positive],
      resume: false,
    };
  } finally {
    registry.close();
  }
}

/** `wanted` rows spread evenly over the file, so that they are not read sequentially. */
const spreadRows = (count: number, wanted: number): number[] =>
  Array.from({ length: Math.min(count, wanted) }, (_, i) =>
    Math.floor((i * count) / Math.min(count, wanted)),
  );

async function clocked<T>(work: () => Promise<T>): Promise<[T, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

/** The trainer's graph with its own weights, stepping on one batch. */
function constantSteps(plan: TrainPlan): { steps: number; seconds: () => number; close: () => void } {
  const { settings } = plan;
  const { batchSize } = settings;
  const engine = new Engine(mkdtempSync(`${plan.folder}-constant-`), { ...settings, batchNorm: 'batch' }, [
    'all',
  ]);
  engine.assign(startingNumbers(engine.model.parameters));
  const steps = Math.ceil(plan.train.rows.length / batchSize);
  const input: Omit<StepInput, 'step' | 'seed'> = {
    pixels: noise(batchSize * settings.pixels.imageSize ** 2 * 3),
    labels: Float32Array.from({ length: batchSize }, (_, i) => i % 2),
    weights: new Float32Array(batchSize).fill(1),
    rate: 1e-4,
    momentum: 1,
  };
  let step = 0;
  const seconds = (): number => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) {
      step++;
      engine.step('all', { ...input, step, seed: [settings.seed, step] });
    }
    return (performance.now() - start) / 1000;
  };
  return { steps, seconds, close: () => engine.close() };
}

async function main(): Promise<void> {
  const options = readOptions();
  const home = mkdtempSync(join(tmpdir(), 'falx-bench-data-'));
  try {
    const plan = await prepare(options, home);
    const constant = constantSteps(plan);
    const [epochs, alone] = [new Map<number, number>(), new Map<number, number>()];
    const hear = (packet: TrainPacket): void => {
      if (packet.kind !== 'epoch') return;
      const seconds = constant.seconds();
      const { epoch } = packet.epoch;
      // In the first epoch TensorFlow is still planning its graph, on both sides.
      if (epoch === 1) return;
      epochs.set(epoch, packet.epoch.seconds);
      alone.set(epoch, seconds);
    };
    await train(plan, { latest: null, changed: () => new Promise(() => undefined) }, hear);
    constant.close();
    print(options, constant.steps, epochs, alone);
  } finally {
    rmSync(home, { recursive: true });
  }
}

function print(
  { network, size }: Options,
  steps: number,
  epochs: Map<number, number>,
  alone: Map<number, number>,
): void {
  const ratio = ratioByRound(epochs, alone);
  const seconds = (values: Map<number, number>): string => median([...values.values()]).toFixed(2);
  const cells = [network, String(steps), seconds(epochs), seconds(alone), ratioText(ratio)];
  const verdict = ratio !== null && ratio.median <= most ? 'met' : 'missed';
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}, ${machineLine(machine())}; ${size}² pixels, ${epochs.size} epochs.\n\n` +
      `${markdownTable(['network', 'steps', 'epoch, s', 'steps alone, s', 'epoch / steps alone'], [cells])}\n\n` +
      `- To reach: epoch ≤ ${most} × its steps alone: ${verdict}.\n`,
  );
}

await main();
