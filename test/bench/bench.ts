import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { networkNames } from '../../src-main/contract/networks.ts';
import { machine, machineLine } from './machine.ts';
import { median } from './summary.ts';
import { frameworks, prepare, reasonToSkip, run, titles } from './sides.ts';
import { summarise } from './report.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Work } from './child.ts';
import type { Entry } from './report.ts';
import type { Framework, Kind } from './sides.ts';

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

/** Every piece of work of one round, in order. */
function worksOf({ kinds, networks, batch, size, steps }: Options): { kind: Kind; work: Work }[] {
  const works: { kind: Kind; work: Work }[] = [];
  if (kinds.includes('train'))
    for (const network of networks)
      works.push({ kind: 'train', work: { network, batch, size, warmUp, steps } });
  if (kinds.includes('infer'))
    for (const network of networks)
      for (const [images, times] of new Map([
        [1, 8],
        [batch, 2],
      ]))
        works.push({
          kind: 'infer',
          work: { network, batch: images, size, warmUp: warmUp * 2, steps: steps * times },
        });
  return works;
}

/** Who goes when: one place further each round, so that no side always follows the same one. */
const turns = (chosen: readonly Framework[], round: number): Framework[] => {
  const first = round % chosen.length;
  return [...chosen.slice(first), ...chosen.slice(0, first)];
};

/** tfjs is too slow for more than a step and a round. */
const workFor = (framework: Framework, kind: Kind, work: Work): Work =>
  framework === 'tfjs' ? { ...work, warmUp: 1, steps: kind === 'train' ? 1 : 3 } : work;

async function main(): Promise<void> {
  const options = readOptions();
  const works = worksOf(options);
  const started = new Date();
  await prepare(options.frameworks, works);

  const entries: Entry[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const { kind, work } of works) {
      for (const framework of turns(options.frameworks, round)) {
        if (framework === 'tfjs' && round > 0) continue;
        const mine = workFor(framework, kind, work);
        const skipped = reasonToSkip(framework, kind, mine);
        const result = skipped === null ? await run(framework, kind, mine) : null;
        entries.push({ round, kind, framework, work: mine, result, skipped });
        const said =
          result === null ? `left out: ${skipped}` : `${(median(result.seconds) * 1000).toFixed(1)} ms`;
        if (skipped !== 'does not train')
          process.stderr.write(
            `round ${round + 1}/${options.rounds}, ${kind} ${work.network}, batch ${work.batch}, ${titles[framework]}: ${said}\n`,
          );
      }
    }
  }

  const facts = {
    date: started.toISOString(),
    minutes: (Date.now() - started.getTime()) / 60_000,
    machine: machine(),
  };
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, JSON.stringify({ ...facts, options, entries }, null, 1));
  const command = `npm run bench${['', ...process.argv.slice(2)].join(' ').replace(/^ /, ' -- ')}`;
  process.stdout.write(
    `${facts.date.slice(0, 10)}, \`${command}\`, ${facts.minutes.toFixed(0)} minutes, ${machineLine(facts.machine)}.\n\n` +
      `${summarise(entries)}\n`,
  );
}

await main();
