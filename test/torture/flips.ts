import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FalxError, recreatedError } from '../../src-main/contract/errors.ts';
import { evaluateRun } from '../../src-main/evaluate/evaluate-handlers.ts';
import { importWeights, writePack } from '../../src-main/networks/weights/weights-pack.ts';
import { addWeights, listWeights } from '../../src-main/networks/weights/weights-store.ts';
import { exportRun } from '../../src-main/predict/export-model.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { backUp, listBackups, restoreBackup } from '../../src-main/registry/backups.ts';
import { knownFormat } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { emptyState, readCheckpoints, writeBest, writeCheckpoint } from '../../src-main/train/run-storage.ts';
import { writeWeightFile } from '../networks/weights/weights-fixtures.ts';
import { ownFolder, side, trainedRun } from './fixture.ts';
import { conclude, options, randomFrom } from './options.ts';

/*
 * npm run torture:flips -- [--seed N] [--count N] [--quick]
 *
 * Flips one bit at a time, at random positions in everything that Falx stores and reads again, and then uses it by Falx's own
 * code. A flip is handled if it is reported (a FalxError, or sha256sum for an export), if the damaged part is skipped or recreated
 * and the answer is unchanged, or if the answer is unchanged because nothing reads that bit; each of the last kind is listed. If
 * it is used with another answer and without an error, it is WRONG.
 */

/** The outcome of a flip: reported; recreated from undamaged data; without effect. */
type How = 'told' | 'mended' | 'no effect';
interface Target {
  name: string;
  /** Fraction of all flips. */
  share: number;
  files: string[];
  /** Uses the damaged data. @returns the answer, and whether something was recreated. @throws FalxError when it is found. */
  use: (file: string) => Promise<{ answer: string; mended?: boolean }>;
  /** Restores what using it changed. */
  renew?: () => void;
}

const { seed, count } = options(1000, 60);
const random = randomFrom(seed);
const home = ownFolder('flips');
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

const run = await trainedRun(home);
const registry = Registry.open(home);
await evaluateRun({ registry, home, runId: run.id });
await writeWeightFile(path.join(home, 'given.h5'), 'mobilenetv2');
await addWeights(home, path.join(home, 'given.h5'));
const exported = (await exportRun(run, path.join(home, 'exported'), registry)).folder;
const pack = path.join(home, 'weights.falx-weights');
await writePack(home, pack);
registry.close();
const registryFile = path.join(home, 'registry.sqlite');
backUp(registryFile, knownFormat);

/** Everything that the registry contains about the fixture. */
function told(of: string): string {
  const opened = Registry.open(of);
  try {
    const [dataset] = opened.datasets.list();
    const [split] = opened.splits.list();
    return JSON.stringify([
      dataset,
      opened.images.list(dataset!.id),
      split,
      opened.parts.list(split!.id),
      opened.runs.list(),
      opened.epochs.list(run.id),
      opened.metrics.list(run.id, 'test'),
      opened.testPredictions.list(run.id),
      opened.preferences.get(),
    ]);
  } finally {
    opened.close();
  }
}

const scan = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 251);
async function probability(folder: string): Promise<string> {
  const predictor = await Predictor.open({ ...run, folder }, home);
  try {
    return String((await predictor.pixels(scan, 1)).probabilities[0]);
  } finally {
    await predictor.close();
  }
}

const copyOf = (folder: string, name: string): string => {
  const copy = path.join(home, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  return copy;
};
const [model, forExport] = [copyOf(run.folder, 'model'), copyOf(run.folder, 'for-export')];
const training = path.join(home, 'training');
mkdirSync(training);
const vouched = (epoch: number) => (file: string) => {
  writeFileSync(`${file}.data-00000-of-00001`, Buffer.alloc(4096, epoch));
  writeFileSync(`${file}.index`, Buffer.alloc(256, epoch));
};
let state = emptyState();
for (let epoch = 1; epoch <= 3; epoch++) {
  state = { ...state, epoch, best: writeBest(training, epoch, 1 / epoch, vouched(epoch)) };
  state = writeCheckpoint(training, state, vouched(epoch));
}
const restored = copyOf(path.join(home, 'backups'), 'restored/backups');
const restoredHome = path.dirname(restored);
const [backup] = listBackups(restoredHome);

const targets: Target[] = [
  {
    name: 'registry',
    share: 0.3,
    files: [...Array.from({ length: 19 }, () => registryFile), `${registryFile}.seal`],
    use: () => Promise.resolve({ answer: told(home) }),
  },
  {
    name: 'backup of the registry',
    share: 0.1,
    files: [backup!.file],
    use: async () => {
      rmSync(path.join(restoredHome, 'registry.sqlite'), { force: true });
      await restoreBackup(restoredHome, backup!.file, knownFormat);
      return { answer: told(restoredHome) };
    },
  },
  {
    name: 'finished run, predicting',
    share: 0.06,
    files: filesIn(model),
    use: async (file) => {
      const damaged = readFileSync(file);
      const answer = await probability(model);
      return { answer, mended: !readFileSync(file).equals(damaged) };
    },
    renew: () => copyOf(run.folder, 'model'),
  },
  {
    name: 'finished run, exporting',
    share: 0.2,
    files: filesIn(forExport).filter((file) => !file.includes('frozen') && !file.endsWith('manifest.json')),
    use: async () => {
      const to = path.join(home, 'again');
      rmSync(to, { recursive: true, force: true });
      const opened = Registry.open(home);
      try {
        await exportRun({ ...run, folder: forExport }, to, opened);
      } finally {
        opened.close();
      }
      return {
        answer: filesIn(to)
          .filter((file) => !/audit-head|SHA256SUMS/.test(file)) // these contain times
          .map((file) => readFileSync(file, 'base64'))
          .join(),
      };
    },
  },
  {
    name: 'unfinished run, going on',
    share: 0.14,
    files: filesIn(training),
    use: () => {
      const { state: found, damaged } = readCheckpoints(training);
      const answer = JSON.stringify(found === null ? null : [found.epoch, found.best]);
      return Promise.resolve({
        answer: damaged.length > 0 ? whole.get('unfinished run, going on')! : answer,
        mended: damaged.length > 0,
      });
    },
  },
  {
    name: 'stored weights',
    share: 0.06,
    files: filesIn(path.join(home, 'weights')),
    use: async () => {
      const again = path.join(home, 'packed-again');
      rmSync(again, { force: true });
      const listed = JSON.stringify(await listWeights(home));
      await writePack(home, again);
      return { answer: listed + readFileSync(again, 'base64') };
    },
  },
  {
    name: 'pack of weights',
    share: 0.06,
    files: [pack],
    use: async () => {
      const elsewhere = path.join(home, 'elsewhere');
      rmSync(elsewhere, { recursive: true, force: true });
      const taken = await importWeights(elsewhere, pack);
      return {
        answer:
          JSON.stringify(taken.map(({ added, ...rest }) => [rest, typeof added])) +
          readFileSync(taken[0]!.file, 'base64'),
      };
    },
  },
  {
    name: 'exported model',
    share: 0.08,
    files: filesIn(exported),
    use: () => {
      try {
        execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
          cwd: exported,
          stdio: 'pipe',
        });
      } catch (cause) {
        throw recreatedError({ code: 'bad-run', message: (cause as Error).message, facts: {} });
      }
      return Promise.resolve({
        answer: filesIn(exported)
          .map((file) => readFileSync(file, 'base64'))
          .join(),
      });
    },
  },
];

console.error = () => undefined; // reports of damage are counted, not shown
const whole = new Map<string, string>();
for (const target of targets) whole.set(target.name, (await target.use(target.files[0]!)).answer);

const wrong: string[] = [];
const counts = new Map<string, Record<How, number>>();
const quiet = new Map<string, number>();
for (const target of targets) {
  const tally: Record<How, number> = { told: 0, mended: 0, 'no effect': 0 };
  counts.set(target.name, tally);
  for (let i = 0; i < Math.max(1, Math.round(count * target.share)); i++) {
    const file = target.files[Math.floor(random() * target.files.length)]!;
    const before = readFileSync(file);
    if (before.length === 0) continue;
    const bit = Math.floor(random() * before.length * 8);
    const after = Buffer.from(before);
    after[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(file, after);
    const place = `${target.name}: ${path.relative(home, file)}, bit ${bit % 8} of byte ${bit >> 3} of ${before.length}`;
    try {
      const { answer, mended = false } = await target.use(file);
      if (answer !== whole.get(target.name)) wrong.push(`${place}: used, with another answer`);
      tally[mended ? 'mended' : 'no effect']++;
      if (!mended) {
        const kind = `${target.name}: ${path.basename(file)} (${regionOf(file, before, bit >> 3)})`;
        quiet.set(kind, (quiet.get(kind) ?? 0) + 1);
      }
    } catch (error) {
      if (error instanceof FalxError) tally.told++;
      else wrong.push(`${place}: ${String(error)}`);
    }
    target.renew?.();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, before);
  }
}

/** The region of a file that contains a byte that nothing reads. */
function regionOf(file: string, bytes: Buffer, at: number): string {
  if (file.endsWith('.sqlite')) return at >= 68 && at < 72 ? "the seal's number" : `byte ${at}`;
  if (file === pack) {
    const central = bytes.lastIndexOf('PK\u0001\u0002', bytes.length, 'latin1');
    const directory = bytes.indexOf('PK\u0001\u0002', 0, 'latin1');
    return at >= Math.min(central, directory) ? 'central directory' : 'local header';
  }
  if (file.endsWith('.seal')) return 'a damaged seal is void, and the registry is whole';
  if (file.startsWith(training)) return 'of the older checkpoint, which is read when the newer is damaged';
  return `byte ${at} of ${bytes.length}`;
}

const rows = [...counts].map(
  ([name, { told: found, mended, 'no effect': none }]) =>
    `| ${name} | ${found + mended + none} | ${found} | ${mended} | ${none} |`,
);
conclude(
  wrong,
  [
    `${count} flips, seed ${seed}`,
    '| what | flips | told | made whole, same answer | nothing reads it |',
    '| --- | --: | --: | --: | --: |',
    ...rows,
    ...[...quiet].map(([kind, times]) => `of no effect: ${kind}, ${times}`),
  ].join('\n'),
);
