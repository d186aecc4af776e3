import { execFileSync, execSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from './import-files.ts';
import { machine, machineLine } from './machine.ts';
import { markdownTable, median } from './summary.ts';

const usage = `npm run bench:decode -- [options]

Measures what decoding once is worth: an earlier Falx and this one in turn import a folder, look for twins, audit
shortcuts and show the first of the gallery; in between sharp alone decodes and hashes the same files. It says whether both
found the same, which is so as long as the method is the same. Goals: import at least 0.85 times the rate of sharp alone and no more than 3 % slower than before, all
four together at most 0.6 of the earlier time. On a busy machine the processors' seconds say more than the clock's.

  --before REV     the earlier Falx                    [0009a2b]
  --files N        how many made files                 [10000]
  --scans DIR      a folder of scans, too              [none]
  --rounds N       times that each side is run         [2]
  --folder DIR     where to put files                  [the system's folder for such things]
`;

interface Side {
  images: number;
  steps: Record<string, { seconds: number; processorSeconds: number }>;
  /** SHA-256 of all that was found. */
  found: string;
}
type Times = { seconds: number; processorSeconds: number };

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    before: { ...text, default: '0009a2b' },
    files: { ...text, default: '10000' },
    scans: text,
    rounds: { ...text, default: '2' },
    folder: text,
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(usage);
else await bench();

async function bench(): Promise<void> {
  const place = mkdtempSync(path.join(values.folder ?? tmpdir(), 'falx-bench-decode-'));
  const now = path.resolve(import.meta.dirname, '../..');
  const before = path.join(place, 'before');
  const git = (line: string) => execSync(`git ${line}`, { cwd: now, stdio: ['ignore', 'pipe', 'ignore'] });
  git(`worktree add --detach "${before}" ${values.before}`);
  try {
    execFileSync('cp', ['-al', path.join(now, 'node_modules'), before]);
    const made = path.join(place, 'made');
    await writeFiles(made, Number(values.files));
    await new Promise((done) => setTimeout(done, 3000)); // until no file is so new that it is read twice
    process.stdout.write(`${machineLine(machine())}; load ${loadavg()[0]!.toFixed(1)} at the start\n`);
    measure(`${values.files} made files`, made, place, before, now);
    if (values.scans !== undefined) {
      const scans = path.join(place, 'scans');
      cpSync(values.scans, scans, { recursive: true, preserveTimestamps: true });
      measure(path.basename(values.scans), scans, place, before, now);
    }
  } finally {
    git(`worktree remove --force "${before}"`);
    rmSync(place, { recursive: true, force: true });
  }
}

function measure(title: string, folder: string, place: string, before: string, now: string): void {
  const runs: { before: Side; now: Side; sharp: Times | null }[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const side = (root: string): Side => {
      const home = path.join(place, 'home');
      const answer = run('decode-side.ts', [root, folder, home]) as Side;
      rmSync(home, { recursive: true });
      process.stderr.write(`${title}, ${root === now ? 'now' : 'before'}: ${JSON.stringify(answer.steps)}\n`);
      return answer;
    };
    const sharp = title.endsWith('made files')
      ? (run('import-side.ts', ['sharp', folder, '']) as Times)
      : null;
    // Who is first takes turns.
    const [first, second] = round % 2 === 0 ? [before, now] : [now, before];
    const sides = [side(first), side(second)] as const;
    const [old, own] = round % 2 === 0 ? sides : [sides[1], sides[0]];
    runs.push({ before: old, now: own, sharp });
  }
  const same = runs.every((one) => one.before.found === one.now.found);
  const found = same ? 'the same was found' : 'not the same was found (the method has changed since)';
  process.stdout.write(`\n${title}, ${runs[0]!.now.images} images: ${found}\n\n${tableOf(runs)}`);
}

function tableOf(runs: { before: Side; now: Side; sharp: Times | null }[]): string {
  const names = Object.keys(runs[0]!.now.steps);
  const total = (side: Side): Times => ({
    seconds: names.reduce((sum, name) => sum + side.steps[name]!.seconds, 0),
    processorSeconds: names.reduce((sum, name) => sum + side.steps[name]!.processorSeconds, 0),
  });
  const row = (name: string, of: (side: Side) => Times): string[] => [
    name,
    ...(['seconds', 'processorSeconds'] as const).flatMap((key) => [
      median(runs.map((one) => of(one.before)[key])).toFixed(1),
      median(runs.map((one) => of(one.now)[key])).toFixed(1),
      median(runs.map((one) => of(one.now)[key] / of(one.before)[key])).toFixed(2),
    ]),
  ];
  const rows = [...names.map((name) => row(name, ({ steps }) => steps[name]!)), row('all', total)];
  const head = ['', 'before, s', 'now, s', 'ratio', 'processors, before, s', 'now, s', 'ratio'];
  const rates = (side: 'before' | 'now', key: keyof Times): string =>
    median(runs.map(({ sharp, ...one }) => sharp![key] / one[side].steps['import']![key])).toFixed(2);
  const ofSharp = runs[0]!.sharp
    ? `\nThe import's rate, of sharp's alone: ${rates('before', 'seconds')} before, ${rates('now', 'seconds')} now; ` +
      `by processor time ${rates('before', 'processorSeconds')} and ${rates('now', 'processorSeconds')}.\n`
    : '';
  return `${markdownTable(head, rows)}\n${ofSharp}`;
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
