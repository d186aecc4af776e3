import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import SQLite from 'better-sqlite3';
import { knownFormat } from '../../src-main/registry/migrations/migrations.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { damagedFile, readManifest } from '../../src-main/train/manifest.ts';
import { readCheckpoints } from '../../src-main/train/run-storage.ts';
import { CutDisk, type Operation } from './cut-disk.ts';
import { ownFolder } from './fixture.ts';
import { Lane, lossesOf, modelHash } from './lane.ts';
import { conclude, options, progressOf, randomFrom } from './options.ts';
import { cutRegistry } from './power-registry.ts';
import { Recorder } from './recorded.ts';

/*
 * npm run torture:power -- [--seed N] [--count N] [--quick] [--only registry|FROM-TO]
 *
 * Records every write, sync and change of a name that an import and a training of the real command line ask for, plays them back to a
 * disk that forgets what was not synced, and cuts the power after an operation: all that was not synced is lost, or part of it, torn.
 * What Falx then finds must open; what was on the disk for good (a dataset, a run, a checkpoint, a finished model) must be there;
 * and some of these homes are gone on with, to the weights of an undisturbed run, bit for bit. Before it, cuts at every operation of
 * migrations, of a backup and of its restoring (power-registry.ts): these alone by `--only registry`, and by `--only 4-13` nothing but
 * the migrations from those formats.
 */

const { seed, count, quick, only } = options(400, 20);
const random = randomFrom(seed);
const folder = ownFolder('power');
const recorder = new Recorder(folder);

const [lowest, highest] = /^(\d+)-(\d+)$/
  .exec(only ?? '')
  ?.slice(1)
  .map(Number) ?? [1, Infinity];
const older = Array.from({ length: knownFormat - 1 }, (_, i) => i + 1).filter(
  (format) => format >= lowest! && format <= highest!,
);
const ofRegistry = await cutRegistry(recorder, folder, {
  random: randomFrom(seed),
  each: 3,
  formats: quick ? older.slice(-1) : older,
  withBackups: only === undefined || only === 'registry',
  onCut: progressOf(),
});
const registrySaid = `${ofRegistry.tried} power cuts at every operation of a registry's own: ${ofRegistry.said.join('; ')}`;
if (only !== undefined) {
  conclude(ofRegistry.wrong, `${registrySaid}; seed ${seed}`);
  process.exit();
}

const lane = await new Lane(path.join(folder, 'lane')).prepare();
const before = path.join(folder, 'before');
cpSync(lane.home, before, { recursive: true });
const operations = await recorder.operations(
  lane.home,
  ['import', path.join(lane.home, 'scans'), '--name', 'again', '--json'],
  ['train', '--resume', lane.runId, '--json'],
);
const [whole, wholeEpochs] = [lane.model(), lossesOf(lane.told().epochs)];

/** What is permanently on the disk after these operations: for each the first operation after which it is. */
const isSync = (operation: Operation | undefined, file: RegExp): boolean =>
  operation?.what === 'sync' && file.test(operation.path);
function vouched(name: RegExp): number {
  const renamed = operations.findIndex(({ what, other }) => what === 'rename' && name.test(other));
  if (renamed < 0) return Infinity;
  const parent = path.dirname(operations[renamed]!.other);
  const at = operations.findIndex(
    (operation, i) => i > renamed && operation.what === 'sync' && operation.path === parent,
  );
  return at < 0 ? Infinity : at;
}
const checkpointAt = [1, 2, 3].map((epoch) => vouched(new RegExp(`checkpoint-${epoch}/stamps\\.json$`)));
const finishedAt = vouched(/runs\/[^/]+\/manifest\.json$/);
if (finishedAt === Infinity || checkpointAt[0] === Infinity)
  throw new Error('the recording misses what the run must have done');

interface Found {
  datasets: number;
  epochs: number;
  checkpoint: number;
  finished: boolean;
}
/** What Falx finds in the home folder. @throws its error. */
function look(): Found {
  const registry = Registry.open(lane.home);
  let found: Found;
  try {
    const run = registry.runs.get(lane.runId);
    if (run.status === 'failed') throw new Error(`the run is failed: ${run.error}`);
    const manifest = existsSync(lane.folder) ? readManifest(lane.folder) : 'absent';
    if (manifest === 'damaged') throw new Error('the manifest is damaged');
    if (manifest !== 'absent') {
      const damaged = damagedFile(lane.folder, manifest.files);
      if (damaged !== null) throw new Error(`half-written: ${damaged}`);
      if (modelHash(lane.folder) !== whole) throw new Error('a finished model that is another');
    }
    const checkpoint = existsSync(lane.folder) ? (readCheckpoints(lane.folder).state?.epoch ?? 0) : 0;
    found = {
      datasets: registry.datasets.list().length,
      epochs: registry.epochs.list(lane.runId).length,
      checkpoint,
      finished: manifest !== 'absent',
    };
  } finally {
    registry.close();
  }
  const db = new SQLite(path.join(lane.home, 'registry.sqlite'), { readonly: true });
  const said = db.pragma('integrity_check', { simple: true });
  db.close();
  if (said !== 'ok') throw new Error(`registry: ${String(said)}`);
  return found;
}
function home(disk: CutDisk, chance: (() => number) | null, all = false): void {
  rmSync(lane.home, { recursive: true, force: true });
  disk.leave(lane.home, chance, all);
}

// ── every cut in turn, in the order of the operations ─────────────────────────────────────────────────────────

const cuts = new Map<number, number>();
for (let i = 0; i < count; i++) {
  const at = Math.floor(random() * operations.length);
  cuts.set(at, (cuts.get(at) ?? 0) + 1);
}
const resumeEach = quick ? Infinity : 40;
const disk = new CutDisk(before, lane.home);
const wrong = [...ofRegistry.wrong];
const progress = progressOf(count);
let [tried, resumed, furthest] = [0, 0, { datasets: 0, epochs: 0 }];
for (const [at, operation] of operations.entries()) {
  disk.apply(operation);
  const name = `cut after operation ${at + 1} of ${operations.length} (${operation.what} ${path.relative(lane.home, operation.path)})`;
  // What the registry had committed when everything was synced.
  if (isSync(operation, /registry\.sqlite-wal$/)) {
    home(disk, null);
    try {
      const { datasets, epochs } = look();
      furthest = {
        datasets: Math.max(datasets, furthest.datasets),
        epochs: Math.max(epochs, furthest.epochs),
      };
    } catch (error) {
      wrong.push(`${name}, all lost: ${String(error)}`);
    }
  }
  for (let i = 0; i < (cuts.get(at) ?? 0); i++) {
    tried++;
    home(disk, tried % 3 === 0 ? null : random);
    try {
      const found = look();
      if (found.datasets < furthest.datasets || found.epochs < furthest.epochs)
        wrong.push(`${name}: ${JSON.stringify(found)} though ${JSON.stringify(furthest)} was committed`);
      if (at >= finishedAt && !found.finished) wrong.push(`${name}: the finished model is gone`);
      const due = checkpointAt.filter((done) => at >= done).length;
      if (!found.finished && found.checkpoint < due)
        wrong.push(`${name}: checkpoint ${found.checkpoint}, ${due} was on the disk`);
      if (tried % resumeEach === 0) {
        resumed++;
        for (const problem of await lane.resumed(whole!, wholeEpochs)) wrong.push(`${name}: ${problem}`);
      }
    } catch (error) {
      wrong.push(`${name}: ${String(error)}`);
    }
    progress(name);
  }
}
conclude(
  wrong,
  `${tried} power cuts, seed ${seed}, among ${operations.length} operations of an import and a training; ${resumed} homes gone on with to the undisturbed weights\n${registrySaid}`,
);
