import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Registry } from '../../src-main/registry/registry.ts';
import { killLibrary } from '../train/crash/killed.ts';
import { ownFolder } from './fixture.ts';
import { falx, inLanes, Lane, lossesOf } from './lane.ts';
import { conclude, options, progressOf, randomFrom } from './options.ts';

/*
 * npm run torture:disk -- [--seed N] [--count N] [--quick]
 *
 * The real command line and its trainer, where the n-th operation that changes a file of the home folder fails: once with EIO, as
 * on a failing disk, or many times in a row with ENOSPC, as on a full one. The error must be reported correctly, nothing half
 * written may count as complete, and afterwards, without the fault, the result must be the undisturbed one, bit for bit. A
 * training whose trainer finds the disk full must wait and complete by itself. From the first failing call to the command line's
 * message it may take 5 s: that is measured and listed, not asserted, as a busy machine is slower.
 */

const library = killLibrary();
if (library === null) throw new Error('This needs Linux and gcc.');
const { seed, count } = options(100, 6);
const random = randomFrom(seed);
const folder = ownFolder('disk');
const lanes = await Promise.all([1, 2].map((n) => new Lane(path.join(folder, String(n))).prepare()));

function inOrder(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (place: number) => (sorted[place] ?? Number.NaN).toFixed(2);
  return sorted.length === 0
    ? '0'
    : `${sorted.length}, ${at(Math.floor(sorted.length / 2))}, ${at(sorted.length - 1)}`;
}

type Role = 'train/train-worker.ts' | 'cli/main.ts';
interface Fault {
  what: 'train' | 'import' | 'export';
  role: Role;
  errno: 'EIO' | 'ENOSPC';
  at: number;
  times: number;
}
const wrong: string[] = [];
const counts = new Map<
  string,
  { tries: number; well: number; told: number; waited: number; seconds: number[] }
>();
/** Receives the time of the first failing call. */
const whenFile = (home: string): string => path.join(path.dirname(home), 'when');
/** The part of the output that is about a disk. */
const toldOf =
  /ENOSPC|EIO|No space left|disk is full|i\/o error|disk I\/O|could not be|can't be|Input\/output/i;
const waits = /waits: /;

const faulty = ({ role, errno, at, times }: Fault, home: string): Record<string, string> => ({
  LD_PRELOAD: library,
  FALX_KILL_MATCH: home,
  FALX_KILL_ROLE: role,
  FALX_KILL_ERRNO: errno,
  FALX_KILL_AT: String(at),
  FALX_KILL_FOR: String(times),
  FALX_KILL_WHEN: whenFile(home),
});

/** What the report must not contain, and what it must. */
function untrue({ errno }: Fault, text: string): string | null {
  if (/out of memory|enough memory|This is a bug in Falx|Error:.*\n\s+at /.test(text))
    return 'told as something else';
  if (errno === 'EIO' && /disk is full/i.test(text)) return 'told as a full disk';
  return toldOf.test(text) ? null : 'not told';
}

// ── what each is like undisturbed ─────────────────────────────────────────────────────────────────────────────

const arguments_ = (what: Fault['what'], lane: Lane): string[] =>
  what === 'train'
    ? ['train', '--resume', lane.runId, '--json']
    : what === 'import'
      ? ['import', path.join(lane.home, 'scans'), '--name', 'again', '--json']
      : ['export', lane.runId, path.join(lane.home, 'exported'), '--json'];

async function counted(what: Fault['what'], role: Role, lane: Lane): Promise<number> {
  const log = path.join(folder, 'log');
  rmSync(log, { force: true });
  const counting = {
    LD_PRELOAD: library!,
    FALX_KILL_MATCH: lane.home,
    FALX_KILL_ROLE: role,
    FALX_KILL_LOG: log,
  };
  const ended = await lane.falx(arguments_(what, lane), counting);
  if (ended.code !== 0) throw new Error(`${what} undisturbed: ${ended.stderr}`);
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

const [first] = lanes as [Lane, Lane];
first.begin();
const ofImport = await counted('import', 'cli/main.ts', first);
first.begin();
const ofTrainer = await counted('train', 'train/train-worker.ts', first);
const whole = first.model();
const wholeEpochs = lossesOf(first.told().epochs);
if (whole === null) throw new Error('the undisturbed run has no model');
const ofExport = await counted('export', 'cli/main.ts', first);
first.begin();
const ofMain = await counted('train', 'cli/main.ts', first);
if (first.model() !== whole) throw new Error('two undisturbed runs differ');

// ── the faults ────────────────────────────────────────────────────────────────────────────────────────────────

const some = (what: Fault['what'], role: Role, operations: number, share: number): Fault[] =>
  Array.from({ length: Math.max(2, Math.round(count * share)) }, (_, i) => ({
    what,
    role,
    errno: i % 2 ? ('ENOSPC' as const) : ('EIO' as const),
    at: 1 + Math.floor(random() * operations),
    times: i % 2 ? 8 : 1,
  }));
const faults = [
  ...some('train', 'train/train-worker.ts', ofTrainer, 0.4),
  ...some('train', 'cli/main.ts', ofMain, 0.25),
  ...some('import', 'cli/main.ts', ofImport, 0.25),
  ...some('export', 'cli/main.ts', ofExport, 0.1),
];

function imported(home: string): string | null {
  const registry = Registry.open(home);
  try {
    const found = registry.datasets.list().filter(({ name }) => name.startsWith('again'));
    return found.length === 0
      ? null
      : found.map((dataset) => `${dataset.hash} ${registry.images.list(dataset.id).length}`).join();
  } finally {
    registry.close();
  }
}
await lanes[1]!.falx(arguments_('import', lanes[1]!));
const wholeImport = imported(lanes[1]!.home);
const progress = progressOf(faults.length);

await inLanes(faults, lanes, async (fault, lane) => {
  const { what, role, errno, at, times } = fault;
  const name = `${what}, ${role}: ${errno} at operation ${at}${times > 1 ? ` and ${times - 1} after it` : ''}`;
  const kind = `${what}, ${role}, ${errno}`;
  const tally = counts.get(kind) ?? {
    ...{ tries: 0, well: 0, told: 0, waited: 0 },
    seconds: [],
  };
  counts.set(kind, tally);
  tally.tries++;
  lane.begin();
  if (what === 'export') await lane.falx(arguments_('train', lane));
  rmSync(whenFile(lane.home), { force: true });
  let heardAt = 0;
  const ended = await lane.falx(arguments_(what, lane), faulty(fault, lane.home), undefined, (soFar) => {
    if (heardAt === 0 && (toldOf.test(soFar) || waits.test(soFar))) heardAt = Date.now();
  });
  if (heardAt > 0 && existsSync(whenFile(lane.home)))
    tally.seconds.push((heardAt - Number(readFileSync(whenFile(lane.home), 'utf8'))) / 1000);
  const said = `${ended.stderr}${ended.stdout}`;
  const problems: string[] = [];
  if (ended.code === null) problems.push(`it was ended by ${ended.signal}`);
  else if (ended.code === 0) {
    tally.well++;
    if (waits.test(said)) tally.waited++;
  } else {
    tally.told++;
    const lie = untrue(fault, said);
    if (lie !== null) problems.push(`${lie}: ${said.slice(-500)}`);
    if (what === 'train' && role === 'train/train-worker.ts' && errno === 'ENOSPC' && !/started/.test(said))
      if (/checkpoint|best|variables|frozen/.test(said))
        problems.push(`it did not wait: ${said.slice(-500)}`);
  }
  if (what === 'train') {
    if (ended.code === 0 && lane.model() !== whole) problems.push('said to be done with another model');
    problems.push(...(await lane.resumed(whole, wholeEpochs)));
  }
  if (what === 'import') {
    const before = imported(lane.home);
    if (before !== null && before !== wholeImport) problems.push(`a part was taken for the whole: ${before}`);
    if (ended.code === 0 && before === null) problems.push('said to be imported, and is not');
    if (before === null) {
      const again = await lane.falx(arguments_(what, lane));
      if (again.code !== 0 || imported(lane.home) !== wholeImport)
        problems.push(`could not be imported again: ${again.stderr.slice(-400)}`);
    }
  }
  if (what === 'export') {
    const to = path.join(lane.home, 'exported');
    if (ended.code !== 0) {
      if (existsSync(path.join(to, 'saved_model.pb')))
        problems.push('a part of an export was left in its place');
      const again = await falx(lane.home, arguments_(what, lane));
      if (again.code !== 0) problems.push(`could not be exported again: ${again.stderr.slice(-400)}`);
    }
  }
  for (const problem of problems) wrong.push(`${name}: ${problem}`);
  progress(name);
});

conclude(
  wrong,
  [
    `${faults.length} faults, seed ${seed}; operations undisturbed: trainer ${ofTrainer}, command line ${ofMain}, import ${ofImport}, export ${ofExport}`,
    '| fault | tries | ended well all the same | of these waited for room | told | seconds until it was said: times, median, longest |',
    '| --- | --: | --: | --: | --: | --- |',
    ...[...counts].map(
      ([kind, { tries, well, waited, told, seconds }]) =>
        `| ${kind} | ${tries} | ${well} | ${waited} | ${told} | ${inOrder(seconds)} |`,
    ),
  ].join('\n'),
);
