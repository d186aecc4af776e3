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
import { FalxError, recreatedError } from '../../../src-main/contract/errors.ts';
import { Preprocessing } from '../../../src-main/contract/settings.ts';
import { deidentifyFolder } from '../../../src-main/deidentify/deidentify-handlers.ts';
import { scansInSubprocess, thumbnailInSubprocess } from '../../../src-main/images/subprocess.ts';
import { greyPng } from '../../../src-main/images/encode.ts';
import { readTable } from '../../../src-main/import/labels/table.ts';
import { readInSubprocess } from '../../../src-main/import/reader.ts';
import { stampOf } from '../../../src-main/import/stamp.ts';
import { unpack } from '../../../src-main/import/zip/unpack-zip.ts';
import { identifyWeights } from '../../../src-main/networks/weights/identify-weights.ts';
import { importWeights } from '../../../src-main/networks/weights/weights-pack.ts';
import { foreign } from '../../../src-main/system/foreign.ts';
import { sha256Of } from '../../../src-main/system/hashes.ts';
import { file as dicomFile } from '../../images/dicom/dicom-fixtures.ts';
import { bomb, niftiFile } from '../../images/nifti/nifti-fixtures.ts';
import { Chance } from '../../train/simulation/chance.ts';
import { zipOf } from '../zips.ts';
import { mutant } from './mutant.ts';

/*
 * npm run torture:parsers -- [--count 10000] [--seed 1] [--only KIND] [--from N] [--keep FOLDER]
 * Images, DICOM and NIfTI files, zip archives, weight files and packs (HDF5, .keras) and tables, each damaged differently, are read
 * by the parser processes: for an import, a prediction, a thumbnail, de-identification, unpacking, adding weights, labels.
 * Each must be answered, read or refused, within 10 s and 2 GB, without effect on this process. Those that crashed their
 * process, or exceeded a limit, are listed, and kept in a folder if one is given. (SavedModels: torture:models.)
 */

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
    keep: { type: 'string' },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), 'falx-mutants-'));
type Seed = { name: string; bytes: Buffer };
const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
const goldens = path.resolve(import.meta.dirname, '../../goldens/weight-files');
const scans = [
  ...filesBelow(...['dicom', 'nifti', 'bad-images'].map((kind) => path.join(shared, kind))),
  ...(await made()),
];
const preprocessing = Preprocessing.parse({ version: 2, imageSize: 64, canvas: 'pad' });

/** What is damaged, and what is done with it. Falx's own refusals are thrown. */
const kinds: Record<
  string,
  { share: number; seeds: Seed[]; use: (file: string, place: string) => Promise<unknown> }
> = {
  import: {
    share: 40,
    seeds: scans,
    use: async (file, place) => {
      const { reason, facts } = await readInSubprocess(place, path.basename(file), await stampOf(file), {
        salt: 'x',
      });
      if (reason !== null)
        throw recreatedError({ code: 'unreadable-file', message: reason, facts: facts ?? {} });
    },
  },
  predict: { share: 12, seeds: scans, use: (file) => scansInSubprocess(file, preprocessing, { salt: 'x' }) },
  thumbnail: {
    share: 4,
    seeds: scans,
    use: (file, place) =>
      thumbnailInSubprocess(
        place,
        { file: path.basename(file), frame: null, sha256: sha256Of(readFileSync(file)) },
        96,
      ),
  },
  deidentify: {
    share: 10,
    seeds: scans.filter(({ bytes }) => bytes.toString('latin1', 128, 132) === 'DICM'),
    use: async (file, place) => {
      const source = path.join(place, 'source');
      mkdirSync(source);
      writeFileSync(path.join(source, 'a.dcm'), readFileSync(file));
      const { report } = await deidentifyFolder(source, path.join(place, 'to'), {
        key: path.join(folder, 'key'),
      });
      const [why] = Object.keys(report.leftOut);
      if (why !== undefined) throw recreatedError({ code: 'unreadable-file', message: why, facts: {} });
    },
  },
  zip: { share: 14, seeds: zips(), use: (file, place) => unpack({ home: path.join(place, 'home'), file }) },
  weights: { share: 10, seeds: filesBelow(goldens), use: (file) => identifyWeights(file, file, null) },
  pack: { share: 3, seeds: [pack()], use: (file, place) => importWeights(path.join(place, 'home'), file) },
  table: { share: 7, seeds: tables(), use: (file) => readTable(file, {}) },
};
const chosen = Object.keys(kinds).filter((kind) => values.only === undefined || kind === values.only);
const wheel = chosen.flatMap((kind) => Array<string>(kinds[kind]!.share).fill(kind));

type Sums = {
  tried: number;
  read: number;
  refused: number;
  ended: number;
  time: number;
  memory: number;
  threw: number;
  longest: number;
};
const sums = Object.fromEntries(
  chosen.map((kind) => [
    kind,
    { tried: 0, read: 0, refused: 0, ended: 0, time: 0, memory: 0, threw: 0, longest: 0 } satisfies Sums,
  ]),
);
const faults: string[] = [];
let largest = 0;
const wrong: string[] = [];
const look = setInterval(() => {
  for (const pid of foreign.pids) {
    const status = existsSync(`/proc/${pid}/status`)
      ? quietly(() => readFileSync(`/proc/${pid}/status`, 'utf8'))
      : '';
    largest = Math.max(largest, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }
}, 50);
let next = Number(values.from);
const count = Number(values.count);
const before = process.memoryUsage.rss();
const began = performance.now();
try {
  await Promise.all(Array.from({ length: 16 }, lane));
} finally {
  clearInterval(look);
  foreign.close();
  rmSync(folder, { recursive: true, force: true });
}

async function lane(): Promise<void> {
  while (next < count) {
    const number = next++;
    const chance = new Chance(Number(values.seed) + number, 'mutant');
    const kind = chance.of(wheel);
    const { seeds, use } = kinds[kind]!;
    const seed = chance.of(seeds);
    // One folder each: files beside it may belong to it.
    const place = path.join(folder, String(number));
    mkdirSync(place);
    const file = path.join(place, path.basename(seed.name).slice(-80));
    const bytes = mutant(seed.bytes, chance, () => chance.of(seeds).bytes);
    writeFileSync(file, bytes);
    const sum = sums[kind]!;
    const at = performance.now();
    let how = 'read';
    try {
      await use(file, place);
    } catch (error) {
      how = 'refused';
      const facts =
        error instanceof FalxError
          ? (error.facts as { why?: string; how?: string; said?: { text: string } })
          : null;
      if (facts === null) wrong.push(`mutant ${number}, ${kind} of ${seed.name}: ${String(error)}`);
      else if (facts.why === 'readerFailed') {
        how = facts.how!;
        faults.push(
          `mutant ${number}, ${kind} of ${path.basename(seed.name)}: ${how}: ${facts.said?.text ?? ''}`,
        );
        if (values.keep !== undefined) {
          mkdirSync(values.keep, { recursive: true });
          writeFileSync(path.join(values.keep, `${number}-${path.basename(file)}`), bytes);
        }
      }
    }
    const seconds = (performance.now() - at) / 1000;
    sum.tried++;
    sum[how as keyof Sums]++;
    sum.longest = Math.max(sum.longest, seconds);
    if (seconds > 10)
      wrong.push(`mutant ${number}, ${kind} of ${path.basename(seed.name)} took ${seconds.toFixed(1)} s`);
    rmSync(place, { recursive: true });
  }
}

if (largest > 2048) wrong.push(`a process took ${largest.toFixed(0)} MiB`);
for (const one of wrong.slice(0, 20)) console.log(`WRONG: ${one}`);
for (const one of faults.slice(0, 40)) console.log(`not by a refusal: ${one}`);
console.log('| parser | mutants | read | refused | ended | time | memory | threw | longest, s |');
console.log('| --- | --: | --: | --: | --: | --: | --: | --: | --: |');
for (const [kind, sum] of Object.entries(sums)) {
  const { longest, ...counts } = sum;
  console.log(`| ${[kind, ...Object.values(counts), longest.toFixed(1)].join(' | ')} |`);
}
console.log(
  `${count - Number(values.from)} mutants in ${((performance.now() - began) / 1000).toFixed(0)} s; the largest process ${largest.toFixed(0)} MiB; ` +
    `this process ${((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0)} MiB more`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Real files, where they exist; no larger than a mutant need be. */
function filesBelow(...folders: string[]): Seed[] {
  return folders.flatMap((at) => {
    if (!existsSync(at)) return [];
    return readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((name) => ({ name, bytes: readFileSync(name) }))
      .filter(({ bytes }) => bytes.length > 0 && bytes.length < 600_000);
  });
}

async function made(): Promise<Seed[]> {
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

function zips(): Seed[] {
  const some = scans
    .slice(0, 40)
    .map(({ name, bytes }) => ({ name: `yes/${path.basename(name)}`, data: bytes }));
  return [
    {
      name: 'small.zip',
      bytes: zipOf([
        { name: 'no/a.png', data: 'a' },
        { name: 'yes/b.png', data: 'b' },
      ]),
    },
    {
      name: 'stored.zip',
      bytes: zipOf([
        { name: 'no/a.bin', data: Buffer.alloc(3000, 5), method: 0 },
        { name: 'yes/', data: '' },
      ]),
    },
    { name: 'some.zip', bytes: zipOf(some.slice(0, 8)) },
    {
      name: 'large.zip',
      bytes: zipOf([{ name: 'no/zero', data: Buffer.alloc(3 * 2 ** 20) }, ...some.slice(8, 12)]),
    },
    {
      name: 'many.zip',
      bytes: zipOf(Array.from({ length: 300 }, (_, i) => ({ name: `no/${i}.png`, data: String(i) }))),
    },
  ];
}

/** A small weight pack in Falx's format. */
function pack(): Seed {
  const weights = readFileSync(path.join(goldens, 'keras3-top.keras'));
  const file = {
    network: 'mobilenetv2',
    file: 'mobilenetv2.keras',
    bytes: weights.length,
    sha256: sha256Of(weights),
  };
  const manifest = {
    format: 1,
    falx: '0.1.0',
    files: [{ ...file, source: 'made', licence: null, origin: null }],
  };
  return {
    name: 'weights.zip',
    bytes: zipOf([
      { name: 'falx-weights.json', data: JSON.stringify(manifest), method: 0 },
      { name: 'LICENCES.txt', data: 'none', method: 0 },
      { name: 'mobilenetv2.keras', data: weights, method: 0 },
    ]),
  };
}

function tables(): Seed[] {
  const rows = Array.from(
    { length: 400 },
    (_, i) => `scan-${i}.png,${i % 2 ? 'tumour' : 'healthy'},P${i % 50}`,
  );
  const plain = ['file,label,patient', ...rows].join('\n');
  return [
    { name: 'plain.csv', bytes: Buffer.from(plain) },
    { name: 'excel.csv', bytes: Buffer.from(`\uFEFF${plain.replaceAll(',', ';').replaceAll('\n', '\r\n')}`) },
    { name: 'quoted.tsv', bytes: Buffer.from(plain.replace(/[^,\n]+/g, '"$&"').replaceAll(',', '\t')) },
  ];
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // it is gone
  }
}
