import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Registry } from '../../src-main/registry/registry.ts';
import { killLibrary } from '../train/crash/killed.ts';
import { ownFolder } from './fixture.ts';
import { falx, inLanes, Lane, lossesOf } from './lane.ts';
import { conclude, options, randomFrom } from './options.ts';

/*
 * npm run torture:kill -- [--seed N] [--count N] [--quick]
 *
 * A window's server and a command line at once on one home; the command line trains, imports and checks. One of them, its trainer, or
 * all are ended by SIGKILL: after a random time, or (every third) at one of the trainer's file operations. Each time the run is then
 * resumed and must end with the weights and epochs of an undisturbed run, bit for bit.
 */

const library = killLibrary();
if (library === null) throw new Error('This needs Linux and gcc.');
const { seed, count } = options(500, 4);
const random = randomFrom(seed);
const folder = ownFolder('kill');
const lanes = await Promise.all([1, 2].map((n) => new Lane(path.join(folder, String(n))).prepare()));
const [first] = lanes as [Lane, Lane];

first.begin();
const log = path.join(folder, 'log');
const began = performance.now();
const undisturbed = await first.falx(['train', '--resume', first.runId, '--json'], {
  LD_PRELOAD: library,
  FALX_KILL_MATCH: first.folder,
  FALX_KILL_ROLE: 'train/train-worker.ts',
  FALX_KILL_LOG: log,
});
const lasts = performance.now() - began;
const [whole, wholeEpochs] = [first.model(), lossesOf(first.told().epochs)];
if (undisturbed.code !== 0 || whole === null) throw new Error(`undisturbed: ${undisturbed.stderr}`);
const operations = readFileSync(log, 'utf8').trim().split('\n').length;

/** A process and all that it has started. */
function family(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file)
    ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    : [];
  return [pid, ...children.flatMap(family)];
}
function killAll(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended
    }
}

const whom = [
  'the trainer',
  'the command line',
  'the command line and its trainer',
  'the server',
  'all',
] as const;
type Kill = { at: number | null; after: number; who: (typeof whom)[number]; served: boolean };
const kills = Array.from({ length: count }, (_, i): Kill => ({
  at: i % 3 === 0 ? 1 + Math.floor(random() * operations) : null,
  after: random() * lasts,
  who: whom[Math.floor(random() * whom.length)]!,
  served: random() < 0.5,
}));

const wrong: string[] = [];
const counts = new Map<string, number>();
await inLanes(kills, lanes, async ({ at, after, who, served }, lane) => {
  lane.begin();
  let [server, command] = [0, 0];
  const serving = served
    ? falx(lane.home, ['serve', '--no-open', '--port', '0'], {}, (pid) => (server = pid))
    : Promise.resolve(null);
  const killing =
    at === null
      ? {}
      : {
          LD_PRELOAD: library,
          FALX_KILL_MATCH: lane.folder,
          FALX_KILL_ROLE: 'train/train-worker.ts',
          FALX_KILL_AT: String(at),
        };
  const training = lane.falx(['train', '--resume', lane.runId, '--json'], killing, (pid) => (command = pid));
  let timer: NodeJS.Timeout | undefined;
  if (at === null)
    timer = setTimeout(() => {
      const trainers = family(command).slice(1);
      if (who !== 'the server')
        killAll(
          who === 'the trainer' ? trainers : [command, ...(who === 'the command line' ? [] : trainers)],
        );
      if (server && (who === 'the server' || who === 'all')) killAll(family(server));
    }, after);
  await training;
  clearTimeout(timer);
  if (server) killAll(family(server));
  await serving;
  const kind = at === null ? who : 'the trainer, at a file operation';
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const name =
    at === null ? `${who} after ${Math.round(after)} ms${served ? ', served' : ''}` : `operation ${at}`;
  try {
    for (const problem of await lane.resumed(whole, wholeEpochs)) wrong.push(`${name}: ${problem}`);
    const registry = Registry.open(lane.home);
    if (registry.datasets.list().length !== 1)
      wrong.push(`${name}: ${registry.datasets.list().length} datasets`);
    registry.close();
    const left = readdirSync(lane.home).filter((entry) => /\.(new|part|tmp)$/.test(entry));
    if (left.length > 0) wrong.push(`${name}: left ${left.join(', ')}`);
  } catch (error) {
    wrong.push(`${name}: ${String(error)}`);
  }
});

conclude(
  wrong,
  [
    `${count} kills, seed ${seed}; ${operations} file operations of the trainer`,
    ...[...counts].map(([kind, times]) => `| ${kind} | ${times} |`),
  ].join('\n'),
);
