import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { Registry } from '../../src-main/registry/registry.ts';
import { builtWindow } from '../built.ts';
import { killLibrary } from '../train/crash/killed.ts';
import { ownFolder } from './fixture.ts';
import { falx, inLanes, Lane, lossesOf } from './lane.ts';
import { conclude, options, progressOf, randomFrom } from './options.ts';
import { addressIn, Window } from './window.ts';

/*
 * npm run torture:kill -- [--seed N] [--count N] [--from N] [--minutes N] [--quick]
 *
 * A window's server and a command line at once on one home folder. The command line trains, imports or checks; the window meanwhile
 * imports the same folder, checks, and requests what its screens show. One of them, the trainer, or all are killed by SIGKILL:
 * after a random time, or (every third) at one of the file operations of the trainer or the command line. Then the same is started
 * again, and must reach the undisturbed result: weights and epochs bit for bit, the same dataset, the same twins.
 */

const library = killLibrary();
if (library === null) throw new Error('This needs Linux and gcc.');
await builtWindow(); // without it no server starts, and no window can connect
const { seed, count, from, minutes } = options(500, 8);
const random = randomFrom(seed);
const folder = ownFolder('kill');
const lanes = await Promise.all([1, 2].map((n) => new Lane(path.join(folder, String(n))).prepare()));
const [first] = lanes as [Lane, Lane];

type Work = 'train' | 'import' | 'check';
const roles = { train: 'train/train-worker.ts', import: 'cli/main.ts', check: 'cli/main.ts' } as const;
const argumentsOf = (work: Work, lane: Lane): string[] =>
  ({
    train: ['train', '--resume', lane.runId, '--json'],
    import: ['import', path.join(lane.home, 'scans'), '--name', 'again', '--json'],
    check: ['check', 'ds-scans', '--json'],
  })[work];

/** The content of the imported dataset, if it exists. */
function imported(lane: Lane): string | null {
  const registry = Registry.open(lane.home);
  try {
    const others = registry.datasets.list().filter(({ id }) => id !== 'ds-scans');
    if (others.length === 0) return null;
    return [...new Set(others.map(({ hash, id }) => `${hash} ${registry.images.list(id).length}`))].join(
      ', ',
    );
  } finally {
    registry.close();
  }
}
/** The twins found and stored by a check. */
function checked(lane: Lane): string {
  const db = new SQLite(path.join(lane.home, 'registry.sqlite'), { readonly: true });
  const rows = db
    .prepare(
      "SELECT firstId, otherId, correlation, detail, change FROM twins WHERE datasetId = 'ds-scans' ORDER BY 1, 2",
    )
    .all();
  db.close();
  return JSON.stringify(rows);
}

/** The undisturbed duration of each, its number of file operations, and its result. */
const whole = {} as Record<Work, { lasts: number; operations: number; what: string }>;
let [wholeModel, wholeEpochs] = ['', ''];
for (const work of ['train', 'import', 'check'] as const) {
  first.begin();
  const log = path.join(folder, 'log');
  rmSync(log, { force: true });
  const began = performance.now();
  const ended = await first.falx(argumentsOf(work, first), {
    LD_PRELOAD: library,
    FALX_KILL_MATCH: work === 'train' ? first.folder : first.home,
    FALX_KILL_ROLE: roles[work],
    FALX_KILL_LOG: log,
  });
  if (ended.code !== 0) throw new Error(`${work} undisturbed: ${ended.stderr}`);
  if (work === 'train') [wholeModel, wholeEpochs] = [first.model()!, lossesOf(first.told().epochs)];
  whole[work] = {
    lasts: performance.now() - began,
    operations: readFileSync(log, 'utf8').trim().split('\n').length,
    what: work === 'import' ? imported(first)! : work === 'check' ? checked(first) : '',
  };
}

/** A process and all its descendants. */
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
type Kill = { work: Work; at: number | null; after: number; who: (typeof whom)[number]; served: boolean };
const kills = Array.from({ length: count }, (_, i): Kill => {
  const chance = random();
  const work = chance < 0.5 ? 'train' : chance < 0.75 ? 'import' : 'check';
  const { operations, lasts } = whole[work];
  return {
    work,
    at: i % 3 === 0 ? 1 + Math.floor(random() * operations) : null,
    after: random() * lasts,
    who: whom[Math.floor(random() * whom.length)]!,
    served: random() < 0.6,
  };
}).slice(from);

let windows = 0;
/** A window's continuous requests, until its server is gone. */
async function browse(address: string, lane: Lane): Promise<void> {
  const window = await Window.open(address);
  windows++;
  await window.call('/datasets/import', { folder: path.join(lane.home, 'scans'), name: 'window' });
  await window.call('/check/start', { datasetId: 'ds-scans' });
  for (;;) {
    await window.call('/datasets/list');
    await window.call('/runs/list', {});
    await window.call('/training/state');
    await window.fetch('/picture/image/1?side=96');
  }
}

const wrong: string[] = [];
const counts = new Map<string, number>();
const ends = performance.now() + minutes * 60_000;
let tried = 0;
const progress = progressOf(kills.length);
await inLanes(kills, lanes, async ({ work, at, after, who, served }, lane) => {
  if (performance.now() > ends) return;
  lane.begin();
  let [server, command] = [0, 0];
  const browsing: Promise<unknown>[] = [];
  const serving = served
    ? falx(
        lane.home,
        ['serve', '--no-open', '--port', '0'],
        {},
        (pid) => (server = pid),
        (soFar) => {
          const address = addressIn(soFar);
          // It ends with the server.
          if (address !== null && browsing.length === 0)
            browsing.push(browse(address, lane).catch(() => null));
        },
      )
    : Promise.resolve(null);
  const killing =
    at === null
      ? {}
      : {
          LD_PRELOAD: library,
          FALX_KILL_MATCH: work === 'train' ? lane.folder : lane.home,
          FALX_KILL_ROLE: roles[work],
          FALX_KILL_AT: String(at),
        };
  const working = lane.falx(argumentsOf(work, lane), killing, (pid) => (command = pid));
  let timer: NodeJS.Timeout | undefined;
  if (at === null)
    timer = setTimeout(() => {
      const workers = family(command).slice(1);
      if (who !== 'the server')
        killAll(who === 'the trainer' ? workers : [command, ...(who === 'the command line' ? [] : workers)]);
      if (server && (who === 'the server' || who === 'all')) killAll(family(server));
    }, after);
  await working;
  clearTimeout(timer);
  if (server) killAll(family(server));
  await serving;
  await Promise.all(browsing);
  const kind = `${work}: ${at === null ? who.replace('trainer', 'workers') : 'at a file operation'}${served ? ', served' : ''}`;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  tried++;
  const name = `${work}, ${at === null ? `${who} after ${Math.round(after)} ms` : `operation ${at}`}${served ? ', served' : ''}`;
  try {
    if (work === 'train')
      for (const problem of await lane.resumed(wholeModel, wholeEpochs)) wrong.push(`${name}: ${problem}`);
    else {
      const again = await lane.falx(argumentsOf(work, lane));
      if (again.code !== 0) wrong.push(`${name}: again: ${again.stderr.slice(-400)}`);
      else if (work === 'check' && checked(lane) !== whole.check.what)
        wrong.push(`${name}: other twins: ${checked(lane)}`);
    }
    const has = imported(lane);
    if (has !== null ? has !== whole.import.what : work === 'import')
      wrong.push(`${name}: another dataset: ${has}`);
    const registry = Registry.open(lane.home);
    if (registry.datasets.get('ds-scans').removed !== null) wrong.push(`${name}: the dataset is gone`);
    registry.close();
    const left = readdirSync(lane.home).filter((entry) => /\.(new|part|tmp)$/.test(entry));
    if (left.length > 0) wrong.push(`${name}: left ${left.join(', ')}`);
  } catch (error) {
    wrong.push(`${name}: ${String(error)}`);
  }
  progress(name);
});

conclude(
  wrong,
  [
    `${tried} kills, ${windows} with a window that was in (from ${from} of ${count}), seed ${seed}; file operations: ${Object.entries(
      whole,
    )
      .map(([work, { operations }]) => `${work} ${operations}`)
      .join(', ')}`,
    ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, times]) => `| ${kind} | ${times} |`),
  ].join('\n'),
);
