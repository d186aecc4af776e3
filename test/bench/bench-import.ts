import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from './import-files.ts';
import { gigabytes, machine, machineLine } from './machine.ts';
import { markdownTable, median, ratioText, spread } from './summary.ts';

const usage = `npm run bench:import -- [options]

Measures importing: a folder of made files is imported, storing included, and in turn sharp alone decodes and hashes
the same files. Goals: at least 0.85 times the rate of sharp alone, at most 1.5 GB of memory, and no moment longer than
about 100 ms in which the process could not answer. The clock tells what others do on the machine, too: on a busy one,
what the processors spent on each side says more.

  --files N,…      how many files                      [10000]
  --rounds N       times that each side is run         [3]
  --folder DIR     where to put them                   [the system's folder for such things]
`;

interface Side {
  images: number;
  seconds: number;
  processorSeconds: number;
  peakBytes: number;
  longestBlockMs: number;
}

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { files: text, rounds: text, folder: text, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(usage);
else await bench((values.files ?? '10000').split(',').map(Number), Number(values.rounds ?? 3));

async function bench(counts: number[], rounds: number): Promise<void> {
  const rows: string[][] = [];
  for (const count of counts) rows.push(await measure(count, rounds));
  const head = [
    'files',
    'sharp alone',
    'Falx',
    'of sharp’s rate',
    'by processor time',
    'peak memory',
    'longest block',
    'again',
  ];
  process.stdout.write(`${machineLine(machine())}\n\n${markdownTable(head, rows)}\n`);
}

async function measure(count: number, rounds: number): Promise<string[]> {
  const place = mkdtempSync(path.join(values.folder ?? tmpdir(), 'falx-bench-import-'));
  try {
    const folder = path.join(place, 'scans');
    await writeFiles(folder, count);
    await new Promise((done) => setTimeout(done, 3000)); // until no file is so new that it is read twice
    side('sharp', folder, ''); // from now on the files are in the page cache
    const [sharps, falxes]: [Side[], Side[]] = [[], []];
    let home = '';
    for (let round = 0; round < rounds; round += 1) {
      home = path.join(place, `home-${round}`);
      sharps.push(side('sharp', folder, ''));
      falxes.push(side('falx', folder, home));
    }
    const again = side('again', folder, home);
    for (const one of [...sharps, ...falxes, again])
      if (one.images !== count) throw new Error(`Expected ${count} images but received ${one.images}`);
    const rate = (sides: Side[]) => median(sides.map(({ seconds }) => count / seconds));
    const ratio = (key: 'seconds' | 'processorSeconds') =>
      ratioText(spread(sharps.map((one, round) => one[key] / falxes[round]![key])));
    return [
      String(count),
      `${rate(sharps).toFixed(0)}/s`,
      `${rate(falxes).toFixed(0)}/s`,
      ratio('seconds'),
      ratio('processorSeconds'),
      gigabytes(Math.max(...falxes.map(({ peakBytes }) => peakBytes))),
      `${Math.max(...falxes.map(({ longestBlockMs }) => longestBlockMs)).toFixed(0)} ms`,
      `${(count / again.seconds).toFixed(0)}/s`,
    ];
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function side(name: 'falx' | 'again' | 'sharp', folder: string, home: string): Side {
  const script = path.join(import.meta.dirname, 'import-side.ts');
  const answer = execFileSync(process.execPath, [script, name, folder, home], { encoding: 'utf8' });
  process.stderr.write(`${name}: ${answer}`);
  return JSON.parse(answer) as Side;
}
