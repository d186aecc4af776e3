import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { networkNames } from '../../src-main/contract/networks.ts';
import { machine, machineLine } from './machine.ts';
import { median } from './summary.ts';
import { frameworks, prepare, reasonToSkip, run, takesPart, titles } from './sides.ts';
import { summarise } from './report.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Entry } from './report.ts';
import type { Framework, Kind, Task } from './sides.ts';

const usage = `npm run bench -- [options]

Trains and predicts with Falx, Keras, PyTorch, ONNX Runtime and tfjs in turn, each in a process of its own,
and prints times, ratios and peak memory as Markdown. Leave the machine alone meanwhile.

  --networks LIST    of ${networkNames.join(',')}            [all]
  --frameworks LIST  of ${frameworks.join(',')}                   [all]
  --only KIND        train or infer                                     [both]
  --rounds N         times that every side has its turn                 [3]
  --batch N          images a training step and the larger inference    [16]
  --size PX          side of the square images                          [224]
  --steps N          counted training steps a turn                      [6]
  --quick            one round of two counted steps, without tfjs
  --json FILE        where the single figures go                        [out/bench.json]
`;

interface Options {
  networks: NetworkName[];
  frameworks: Framework[];
  kinds: Kind[];
  rounds: number;
  batch: number;
  size: number;
  steps: number;
  json: string;
}

/** Warm-up steps: TensorFlow and PyTorch both settle after the second. */
const warmUp = 2;

function readOptions(): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{ networks: text, frameworks: text, only: text, rounds: text, batch: text, size: text, steps: text },
      ...{ json: text, quick: flag, help: flag },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const everyday = values.quick ? frameworks.filter((framework) => framework !== 'tfjs') : frameworks;
  return {
    networks: listOf(values.networks, networkNames, networkNames),
    frameworks: listOf(values.frameworks, frameworks, everyday),
    kinds: listOf(values.only, ['train', 'infer'], ['train', 'infer']),
    rounds: count(values.rounds, values.quick ? 1 : 3),
    batch: count(values.batch, 16),
    size: count(values.size, 224),
    steps: count(values.steps, values.quick ? 2 : 6),
    json: values.json ?? 'out/bench.json',
  };
}

function listOf<T extends string>(
  text: string | undefined,
  known: readonly T[],
  otherwise: readonly T[],
): T[] {
  if (text === undefined) return [...otherwise];
  return text.split(',').map((name) => {
    const match = known.find((k) => k === name);
    if (match === undefined)
      throw new Error(`Expected one of ${known.join(', ')} but received ${name}.\n\n${usage}`);
    return match;
  });
}

function count(text: string | undefined, otherwise: number): number {
  const n = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new Error(`Expected a whole number from 1 but received ${text}.\n\n${usage}`);
  return n;
}

/** All tasks of one round, in order. */
function tasksOf({ kinds, networks, batch, size, steps }: Options): Task[] {
  const training = networks.map((network) => ({ network, batch, size, warmUp, steps }));
  // A batch of one is fast, and its time varies: more steps of it.
  const inference = networks.flatMap((network) => [
    { network, batch: 1, size, warmUp: 2 * warmUp, steps: 8 * steps },
    { network, batch, size, warmUp: 2 * warmUp, steps: 2 * steps },
  ]);
  const tasks: Task[] = [
    ...training.map((work) => ({ kind: 'train' as const, work })),
    ...inference.map((work) => ({ kind: 'infer' as const, work })),
  ];
  return tasks.filter(({ kind }) => kinds.includes(kind));
}

/** The order of the sides: rotated by one each round, so that none always follows the same one. */
function turns(chosen: readonly Framework[], round: number): Framework[] {
  const first = round % chosen.length;
  return [...chosen.slice(first), ...chosen.slice(0, first)];
}

/** tfjs is too slow for more than one round of one to three steps. */
function shareOf(framework: Framework, { kind, work }: Task): Task {
  return framework === 'tfjs'
    ? { kind, work: { ...work, warmUp: 1, steps: kind === 'train' ? 1 : 3 } }
    : { kind, work };
}

/** A failing side is reported and the others continue: a round takes minutes. */
async function turn(
  framework: Framework,
  task: Task,
  folder: string,
): Promise<Pick<Entry, 'result' | 'skipped'>> {
  const skipped = reasonToSkip(framework, task);
  if (skipped !== null) return { result: null, skipped };
  try {
    return { result: await run(framework, task, folder), skipped: null };
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${(error as Error).message}\n`);
    return { result: null, skipped: 'failed' };
  }
}

async function measure(
  { frameworks: chosen, rounds }: Options,
  tasks: readonly Task[],
  folder: string,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const task of tasks) {
      for (const framework of turns(chosen, round)) {
        if (!takesPart(framework, task.kind) || (framework === 'tfjs' && round > 0)) continue;
        const share = shareOf(framework, task);
        const entry = { round, framework, ...share, ...(await turn(framework, share, folder)) };
        entries.push(entry);
        tell(entry, rounds);
      }
    }
  }
  return entries;
}

function tell({ round, kind, work, framework, result, skipped }: Entry, rounds: number): void {
  const figure =
    result === null ? `left out: ${skipped}` : `${(median(result.seconds) * 1000).toFixed(1)} ms`;
  const what = `${kind} ${work.network}, batch ${work.batch}, ${titles[framework]}`;
  process.stderr.write(`round ${round + 1} of ${rounds}, ${what}: ${figure}\n`);
}

async function main(): Promise<void> {
  const options = readOptions();
  const tasks = tasksOf(options);
  const folder = mkdtempSync(join(tmpdir(), 'falx-bench-'));
  try {
    await prepare(options.frameworks, tasks, folder);
    const started = new Date();
    const entries = await measure(options, tasks, folder);
    const facts = {
      date: started.toISOString(),
      minutes: (Date.now() - started.getTime()) / 60_000,
      machine: machine(),
      command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
        ' ',
      ),
    };
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, JSON.stringify({ ...facts, options, entries }, null, 1));
    const { date, command, minutes } = facts;
    process.stdout.write(
      `${date.slice(0, 10)}, \`${command}\`, ${minutes.toFixed(0)} minutes. ${machineLine(facts.machine)}.\n\n` +
        `${summarise(entries)}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
