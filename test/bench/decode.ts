import { execFileSync, execSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from './import-files.ts';
import { machine, machineLine } from './machine.ts';
import { goalText, markdownTable, median, ratioText, spread, type Spread } from './summary.ts';

/** A step of one run. */
export interface Times {
  seconds: number;
  processorSeconds: number;
  /** Fraction of the machine's processors that others used meanwhile. */
  others: number;
}

/** Goals for the ratio of today's time to the earlier one's, and to sharp's rate. */
const MOST_IMPORT = 1.03;
const MOST_ALL = 0.6;
const LEAST_OF_SHARP = 0.85;

const usage = `npm run bench:decode -- [options]

Measures what decoding once is worth, an earlier Falx against this one: imports alone, in turn with sharp alone, which
decodes and hashes the same files; and an import, a check, an audit of shortcuts and the first view of the gallery
together. Who is first takes turns; figures are medians of the ratios within a round, with their least and most. Each side
runs once before, which does not count. It says whether both found the same, which is so as long as the method is the same.

Goals: an import at most ${MOST_IMPORT} of the earlier time and at least ${LEAST_OF_SHARP} of the rate of sharp alone; all four together at most
${MOST_ALL} of the earlier time. On a busy machine the processors' seconds say more than the clock's, and it says how busy it was.
Five minutes for 10,000 files on two idle cores.

  --before REV     the earlier Falx                                     [0009a2b]
  --files N        how many made files                                  [10000]
  --scans DIR      a folder of scans, too                               [none]
  --imports N      times that each side imports and does nothing else   [8]
  --rounds N       times that each side does all four                   [2]
  --folder DIR     where to put files                                   [the system's folder for such things]
`;

interface Side {
  images: number;
  steps: Record<string, Times>;
  /** SHA-256 of all results. */
  found: string;
}
interface Round {
  before: Side;
  now: Side;
}

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    before: { ...text, default: '0009a2b' },
    files: { ...text, default: '10000' },
    scans: text,
    imports: { ...text, default: '8' },
    rounds: { ...text, default: '2' },
    folder: text,
    help: { type: 'boolean', default: false },
  },
});
async function bench(): Promise<void> {
  const place = mkdtempSync(path.join(values.folder ?? tmpdir(), 'falx-bench-decode-'));
  const now = path.resolve(import.meta.dirname, '../..');
  const before = path.join(place, 'before');
  const git = (line: string) => execSync(`git ${line}`, { cwd: now, stdio: ['ignore', 'pipe', 'ignore'] });
  git(`worktree add --detach "${before}" ${values.before}`);
  try {
    execFileSync('cp', ['-al', path.join(now, 'node_modules'), before]);
    const [made, few] = [path.join(place, 'made'), path.join(place, 'few')];
    await writeFiles(made, Number(values.files));
    await writeFiles(few, WARM);
    await new Promise((done) => setTimeout(done, 3000)); // until no file is so new that it is read twice
    process.stdout.write(`${machineLine(machine())}; load ${loadavg()[0]!.toFixed(1)} at the start\n`);
    const roots = { before, now };
    // Both sides' modules are compiled and cached from here on.
    for (const side of sides) runSide('four steps of a few', side, roots, few, place);
    measure(`${values.files} made files`, made, place, roots, true);
    if (values.scans !== undefined) {
      const scans = path.join(place, 'scans');
      cpSync(values.scans, scans, { recursive: true, preserveTimestamps: true });
      measure(path.basename(values.scans), scans, place, roots, false);
    }
  } finally {
    git(`worktree remove --force "${before}"`);
    rmSync(place, { recursive: true, force: true });
  }
}

/** Files that both sides process before measuring. */
const WARM = 100;

const sides = ['before', 'now'] as const;
type Name = (typeof sides)[number];
type Roots = Record<Name, string>;

/** @param asMade for the folders as sharp alone must find them. */
function measure(title: string, folder: string, place: string, roots: Roots, asMade: boolean): void {
  const one = (side: Name, until: 'import' | '') => runSide(title, side, roots, folder, place, until);
  const sharpAlone = () => run('import-side.ts', ['sharp', folder, '']) as Times;
  // From here on the files are in the page cache.
  for (const side of sides) one(side, 'import');
  const imports = inTurn(Number(values.imports), {
    before: () => one('before', 'import'),
    now: () => one('now', 'import'),
    ...(asMade && { sharp: sharpAlone }),
  });
  const rounds = inTurn(Number(values.rounds), {
    before: () => one('before', ''),
    now: () => one('now', ''),
  });
  const all = [...imports, ...rounds];
  if (all.length === 0) return;
  const same = all.every(({ before, now }) => before.found === now.found);
  const found = same ? 'the same was found' : 'not the same was found (the method has changed since)';
  const others = spread(
    all.flatMap((round) =>
      sides.flatMap((side) => Object.values(round[side].steps).map((step) => step.others)),
    ),
  );
  const busy = others.median > BUSY ? ': what the clock says of this is of little worth' : '';
  process.stdout.write(
    `\n${title}, ${all[0]!.now.images} images: ${found}. ` +
      `Others had ${percent(others.median)} of the processors meanwhile (${percent(others.min)} to ${percent(others.max)})${busy}.\n\n` +
      `${stepsTable(all, rounds)}\n\n${goalsTable(imports, rounds)}\n`,
  );
}

/** Fraction of the processors that others may use. */
const BUSY = 0.1;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Each does its work this many times, alternately; the first in one round is the last in the next. */
function inTurn<Works extends Record<string, (() => unknown) | undefined>>(
  rounds: number,
  works: Works,
): { [Key in keyof Works]: ReturnType<NonNullable<Works[Key]>> }[] {
  return Array.from({ length: rounds }, (_, round) => {
    const order = Object.entries(works);
    if (round % 2 === 1) order.reverse();
    return Object.fromEntries(order.map(([name, work]) => [name, work!()])) as never;
  });
}

const ways = ['seconds', 'processorSeconds'] as const;
type Way = (typeof ways)[number];

const total = (side: Side, way: Way): number =>
  Object.values(side.steps).reduce((sum, step) => sum + step[way], 0);
const importOf = (side: Side, way: Way): number => side.steps['import']![way];

const ratios = (rounds: readonly Round[], of: (side: Side) => number): Spread | null =>
  rounds.length === 0 ? null : spread(rounds.map(({ before, now }) => of(now) / of(before)));

function stepsTable(all: readonly Round[], rounds: readonly Round[]): string {
  const row = (name: string, of: readonly Round[], value: (side: Side, way: Way) => number): string[] => [
    name,
    String(of.length),
    ...ways.flatMap((way) => [
      ...sides.map((side) => median(of.map((round) => value(round[side], way))).toFixed(2)),
      ratioText(ratios(of, (side) => value(side, way))),
    ]),
  ];
  const later = Object.keys(rounds[0]?.now.steps ?? {}).filter((name) => name !== 'import');
  const rows = [
    row('import', all, importOf),
    ...later.map((name) => row(name, rounds, (side, way) => side.steps[name]![way])),
    ...(rounds.length > 0 ? [row('all', rounds, total)] : []),
  ];
  const head = ['', 'pairs', 'before, s', 'now, s', 'ratio', 'processors, before, s', 'now, s', 'ratio'];
  return markdownTable(head, rows);
}

function goalsTable(imports: readonly (Round & { sharp?: Times })[], rounds: readonly Round[]): string {
  const all = [...imports, ...rounds];
  const ofSharp = (side: Name, way: Way): Spread | null => {
    const found = imports.flatMap((round) =>
      round.sharp ? [round.sharp[way] / importOf(round[side], way)] : [],
    );
    return found.length === 0 ? null : spread(found);
  };
  const row = (title: string, text: (way: Way) => string): string[] => [title, ...ways.map(text)];
  const rows = [
    row(`an import at most ${MOST_IMPORT} of the earlier time`, (way) =>
      goalText(
        ratios(all, (side) => importOf(side, way)),
        { atMost: MOST_IMPORT },
      ),
    ),
    ...(imports.some(({ sharp }) => sharp)
      ? [
          row(`an import at least ${LEAST_OF_SHARP} of sharp’s rate`, (way) =>
            goalText(ofSharp('now', way), { atLeast: LEAST_OF_SHARP }),
          ),
          row('the earlier import, of sharp’s rate', (way) => ratioText(ofSharp('before', way))),
        ]
      : []),
    row(`all four at most ${MOST_ALL} of the earlier time`, (way) =>
      goalText(
        ratios(rounds, (side) => total(side, way)),
        { atMost: MOST_ALL },
      ),
    ),
  ];
  return markdownTable(['goal', 'by the clock', 'by the processors'], rows);
}

/** @param until the last step; by default all four. */
function runSide(
  title: string,
  name: Name,
  roots: Roots,
  folder: string,
  place: string,
  until: 'import' | '' = '',
): Side {
  const home = path.join(place, 'home');
  const answer = run('decode-side.ts', [roots[name], folder, home, until]) as Side;
  rmSync(home, { recursive: true });
  process.stderr.write(`${title}, ${name}: ${JSON.stringify(answer.steps)}\n`);
  return answer;
}

function run(script: string, args: string[]): unknown {
  const file = path.join(import.meta.dirname, script);
  const answer = execFileSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 30,
  });
  return JSON.parse(answer.trim().split('\n').at(-1)!);
}

if (values.help) process.stdout.write(usage);
else await bench();
