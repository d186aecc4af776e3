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
import { FalxError } from '../../../src-main/contract/errors.ts';
import { Predictor } from '../../../src-main/inference/predictor.ts';
import { exportRun } from '../../../src-main/predict/export-model.ts';
import { importRun } from '../../../src-main/predict/import-run.ts';
import { predictScans } from '../../../src-main/predict/predict-handlers.ts';
import { manifestIn, graphOperations } from '../../../src-main/predict/run-file-look.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { foreign } from '../../../src-main/system/foreign.ts';
import { Chance } from '../../train/simulation/chance.ts';
import { mutant } from './mutant.ts';

/*
 * npm run torture:predict -- --home HOME [--count 10000] [--seed 1] [--from N] RUN
 * A run predicts DICOM, PNG, JPEG, TIFF and NIfTI files, each damaged differently, from the file to the answer; damaged `.falx`
 * files are imported, and so are their manifests and graphs separately, which a damaged archive would prevent from being reached.
 * Each must be answered, read or refused, within 10 s and 2 GB, without effect on this process.
 */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
  allowPositionals: true,
});
const [id] = positionals;
if (!values.home || !id) throw new Error('npm run torture:predict -- --home HOME RUN');

const folder = mkdtempSync(path.join(tmpdir(), 'falx-predict-mutants-'));
const registry = Registry.open(values.home);
const other = Registry.open(path.join(folder, 'other'));
const run = registry.runs.get(id);
const exported = path.join(folder, 'run.falx');
await exportRun(run, exported, registry, { format: 'falx' });
const predictor = await Predictor.open(run, values.home);

type Seed = { name: string; bytes: Buffer };
const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
const below = (of: string, endings: RegExp): Seed[] =>
  readdirSync(path.join(shared, of), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(name) }))
    .filter(({ bytes }) => bytes.length > 0 && bytes.length < 600_000);
const pictures = ['brain-tumor-dataset', 'navoneel', 'bad-images', 'not-mri'].filter((of) =>
  existsSync(path.join(shared, of)),
);
const graph = path.join(run.folder, 'saved_model.pb');
/** A `.falx` file is large: half of the time it is damaged in its first or last 64 kB, as in torture:falx. */
const kinds: Record<string, { share: number; seeds: Seed[]; use: (file: string) => Promise<unknown> }> = {
  dicom: { share: 25, seeds: below('dicom', /./), use: ask },
  png: { share: 12, seeds: pictures.flatMap((of) => below(of, /\.png$/i)), use: ask },
  jpeg: { share: 12, seeds: pictures.flatMap((of) => below(of, /\.jpe?g$/i)), use: ask },
  tiff: { share: 12, seeds: pictures.flatMap((of) => below(of, /\.tiff?$/i)), use: ask },
  nifti: { share: 19, seeds: below('nifti', /\.(nii|nii\.gz|mgz|mha)$/), use: ask },
  falx: {
    share: 6,
    seeds: [{ name: 'run.falx', bytes: readFileSync(exported) }],
    use: (file) => importRun({ registry: other, file }),
  },
  'falx manifest': { share: 7, seeds: [manifest()], use: (file) => manifestIn(file, file) },
  'falx graph': {
    share: 7,
    seeds: [{ name: 'saved_model.pb', bytes: readFileSync(graph) }],
    use: (file) => graphOperations(file, file),
  },
};

/** The archive's first entry, as stored. */
function manifest(): Seed {
  const bytes = readFileSync(exported);
  const from = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  const end = bytes.indexOf('PK', from + 100);
  return { name: 'manifest.json', bytes: Buffer.from(bytes.subarray(from, end)) };
}

async function ask(file: string): Promise<void> {
  const answers = await predictScans({
    registry,
    runs: [{ run, threshold: 0.5 }],
    files: [file],
    use: (_, work) => work(predictor),
  });
  if (answers.length === 0) throw new Error('no answer');
  for (const { error, probability, answer } of answers)
    if (error === null && !(probability! >= 0 && probability! <= 1))
      throw new Error(`answered ${probability} ${answer}`);
  const refused = answers.find(({ error }) => error !== null);
  if (refused) throw Object.assign(new Error(refused.error!), { facts: refused.facts, refused: true });
}

const wheel = Object.keys(kinds).flatMap((kind) => Array<string>(kinds[kind]!.share).fill(kind));
const sums = Object.fromEntries(
  Object.keys(kinds).map((kind) => [kind, { tried: 0, read: 0, refused: 0, byLimit: 0, longest: 0 }]),
);
const wrong: string[] = [];
let largest = 0;
const look = setInterval(() => {
  for (const pid of foreign.pids)
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      largest = Math.max(largest, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // it is gone
    }
}, 50);
const count = Number(values.count);
let next = Number(values.from);
let told = performance.now();
const began = told;
const before = process.memoryUsage.rss();

async function lane(): Promise<void> {
  while (next < count) {
    const number = next++;
    const chance = new Chance(Number(values.seed) + number, 'mutant');
    const kind = chance.of(wheel);
    const { seeds, use } = kinds[kind]!;
    const seed = chance.of(seeds);
    const place = path.join(folder, String(number));
    mkdirSync(place);
    const file = path.join(place, path.basename(seed.name).slice(-80));
    writeFileSync(
      file,
      mutant(seed.bytes, chance, () => chance.of(seeds).bytes),
    );
    const sum = sums[kind]!;
    const at = performance.now();
    try {
      const read = await use(file);
      if (read === null) sum.refused++;
      else sum.read++;
    } catch (error) {
      const { facts, refused } = error as { facts?: { why?: string }; refused?: true };
      if (!(error instanceof FalxError) && !refused)
        wrong.push(`mutant ${number}, ${kind} of ${path.basename(seed.name)}: ${String(error)}`);
      else if (facts?.why === 'readerFailed') sum.byLimit++;
      else sum.refused++;
    }
    const seconds = (performance.now() - at) / 1000;
    sum.tried++;
    sum.longest = Math.max(sum.longest, seconds);
    if (seconds > 10)
      wrong.push(`mutant ${number}, ${kind} of ${path.basename(seed.name)} took ${seconds.toFixed(1)} s`);
    rmSync(place, { recursive: true });
    if (performance.now() - told > 20_000) {
      told = performance.now();
      process.stderr.write(`${next} of ${count}, ${Math.round((told - began) / 1000)} s\n`);
    }
  }
}

try {
  // A prediction that crashes its worker would end the others too: one at a time shows which it was.
  await Promise.all(Array.from({ length: 2 }, lane));
  // It still answers.
  await predictor.pixels(new Uint8Array(3 * run.settings.pixels.imageSize ** 2), 1);
} finally {
  clearInterval(look);
  await predictor.close();
  foreign.close();
  registry.close();
  other.close();
  rmSync(folder, { recursive: true, force: true });
}
if (largest > 2048) wrong.push(`a process took ${largest.toFixed(0)} MiB`);
for (const one of wrong.slice(0, 20)) console.log(`WRONG: ${one}`);
console.log('| what | mutants | read | refused | by a limit | longest, s |');
console.log('| --- | --: | --: | --: | --: | --: |');
for (const [kind, { tried, read, refused, byLimit, longest }] of Object.entries(sums))
  console.log(`| ${[kind, tried, read, refused, byLimit, longest.toFixed(1)].join(' | ')} |`);
console.log(
  `${count - Number(values.from)} mutants in ${((performance.now() - began) / 1000).toFixed(0)} s; the largest parser ${largest.toFixed(0)} MiB; ` +
    `this process ${((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0)} MiB more; ${wrong.length} wrong`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;
