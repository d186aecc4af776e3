import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readers, readApart } from '../../../src-main/import/reader.ts';
import { stampOf } from '../../../src-main/import/stamp.ts';
import { greyPng } from '../../../src-main/images/encode.ts';
import { file as dicomFile } from '../../images/dicom/dicom-fixtures.ts';
import { bomb, niftiFile } from '../../images/nifti/nifti-fixtures.ts';
import { Chance } from '../../train/simulation/chance.ts';
import { mutant } from './mutant.ts';

/*
 * npm run torture:parsers -- [--count 10000] [--seed 1]
 * Images, DICOM and NIfTI files, each damaged in its own way, go through the processes that read for an import. Each must be
 * answered, read or refused, in at most 10 s and 2 GB, and this process must not notice.
 */

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const folder = mkdtempSync(path.join(tmpdir(), 'falx-mutants-'));
const seeds = [...given(), ...(await made())];
const sums = { read: 0, refused: 0, ended: 0, time: 0, memory: 0, threw: 0 };
const threw = new Set<string>();
let [longest, largest, slowest] = [0, 0, ''];
const wrong: string[] = [];
const look = setInterval(() => {
  for (const pid of readers.pids) {
    const status = existsSync(`/proc/${pid}/status`)
      ? quietly(() => readFileSync(`/proc/${pid}/status`, 'utf8'))
      : '';
    largest = Math.max(largest, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }
}, 50);
let next = 0;
const count = Number(values.count);
const before = process.memoryUsage.rss();
const began = performance.now();
try {
  await Promise.all(Array.from({ length: 24 }, lane));
} finally {
  clearInterval(look);
  readers.close();
  rmSync(folder, { recursive: true, force: true });
}

async function lane(): Promise<void> {
  while (next < count) {
    const number = next++;
    const chance = new Chance(Number(values.seed) + number, 'mutant');
    const seed = chance.of(seeds);
    // A folder each: what lies beside a file may belong to it.
    const place = path.join(folder, String(number));
    mkdirSync(place);
    const name = path.basename(seed.name).slice(-80);
    writeFileSync(
      path.join(place, name),
      mutant(seed.bytes, chance, () => chance.of(seeds).bytes),
    );
    const at = performance.now();
    const reading = await readApart(place, name, await stampOf(path.join(place, name)), { salt: 'x' });
    const seconds = (performance.now() - at) / 1000;
    if (seconds > longest) [longest, slowest] = [seconds, `${number} (${name})`];
    if (seconds > 10) wrong.push(`mutant ${number} of ${name} took ${seconds.toFixed(1)} s`);
    const facts = reading.facts as { why?: string; how?: keyof typeof sums; said?: string } | undefined;
    if (facts?.why === 'readerFailed') {
      sums[facts.how!]++;
      if (facts.how === 'threw') threw.add(facts.said!.slice(0, 120));
    } else if (reading.reason === null) sums.read++;
    else sums.refused++;
    rmSync(place, { recursive: true });
  }
}

if (largest > 2048) wrong.push(`a process took ${largest.toFixed(0)} MiB`);
for (const one of wrong.slice(0, 20)) console.log(`WRONG: ${one}`);
for (const one of [...threw].slice(0, 20)) console.log(`thrown: ${one}`);
console.log(
  `${count} mutants of ${seeds.length} files in ${((performance.now() - began) / 1000).toFixed(0)} s: ${JSON.stringify(sums)}; ` +
    `the longest took ${longest.toFixed(1)} s, mutant ${slowest}; the largest process ${largest.toFixed(0)} MiB; ` +
    `this process ${((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0)} MiB more`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Real files, where they are; no larger than a mutant need be. */
function given(): { name: string; bytes: Buffer }[] {
  const root = path.resolve(import.meta.dirname, '../../../../shared/data');
  return ['dicom', 'nifti', 'bad-images'].flatMap((kind) => {
    const at = path.join(root, kind);
    if (!existsSync(at)) return [];
    return readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((name) => ({ name, bytes: readFileSync(name) }))
      .filter(({ bytes }) => bytes.length > 0 && bytes.length < 600_000);
  });
}

async function made(): Promise<{ name: string; bytes: Buffer }[]> {
  const elements = {
    '00280002 US': 1,
    '00280004 CS': 'MONOCHROME2',
    '00280010 US': 16,
    '00280011 US': 16,
    '00280100 US': 16,
    '00280101 US': 12,
    '00280102 US': 11,
    '00280103 US': 0,
    '7FE00010 OW': Buffer.alloc(512, 7),
  };
  return [
    { name: 'made.png', bytes: Buffer.from(await greyPng(new Uint8Array(900), 30, 30)) },
    { name: 'made.dcm', bytes: dicomFile('1.2.840.10008.1.2.1', elements) },
    { name: 'made.nii', bytes: niftiFile() },
    { name: 'made.nii.gz', bytes: bomb({}, 1) },
  ];
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // it is gone
  }
}
