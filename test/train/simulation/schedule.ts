import { rmSync } from 'node:fs';
import { FalxError } from '../../../src-main/contract/errors.ts';
import type { Run } from '../../../src-main/contract/records.ts';
import { Devices } from '../../../src-main/core/device-list.ts';
import { Hub } from '../../../src-main/core/hub.ts';
import type { Log } from '../../../src-main/core/log.ts';
import { TrainingQueue } from '../../../src-main/core/training-queue.ts';
import type { Registry } from '../../../src-main/registry/registry.ts';
import { anyDevice, type RunDevice } from '../../../src-main/train/device-pool.ts';
import * as sample from '../../registry/sample-records.ts';
import { Chance } from './chance.ts';
import { FakeClock, settled } from './clock.ts';
import { type Failing, unreliable } from './schedule-registry.ts';
import { FakeWorkers, keptIn } from './fake-workers.ts';

/** The outcome of a schedule. */
export type ScheduleOutcome = {
  seed: number;
  /** Violations, in words; empty if there are none. */
  wrong: string[];
  /** The events, in order. */
  story: string[];
  runs: number;
  workers: number;
  /** Number of calls that the registry failed. */
  lost: number;
  /** Runs that were permanently deleted. */
  removed: number;
  ends: Run['status'][];
};

/** States in which nothing more happens to a run unless requested. */
const ended: readonly Run['status'][] = ['done', 'stopped', 'interrupted', 'failed'];
/** Milliseconds of the schedule's own clock: of disturbances, and after them until everything must have ended. */
const TROUBLE = 90_000;
/** Milliseconds that a cancelled worker may live. */
const GRACE = 11_000;
const PATIENCE = 30 * 60_000;

/** A dataset of six scans and a split for the runs of all schedules. */
export function prepare(registry: Registry): void {
  registry.datasets.add(
    sample.dataset('ds-sim', 'simulated'),
    Array.from({ length: 6 }, (_, i) => sample.image(`${i}.png`, i % 2 ? 'Brain Tumor' : 'Healthy')),
    [],
  );
  const parts = ['train', 'train', 'validation', 'validation', 'test', 'test'] as const;
  registry.splits.add(
    sample.split('sp-sim', 'ds-sim'),
    registry.images.list('ds-sim').map(({ id }, i) => ({ imageId: id, part: parts[i]! })),
  );
}

/** Lets the real queue train with workers, a clock and a registry controlled by chance; the same for the same seed. */
export async function simulate(seed: number, registry: Registry): Promise<ScheduleOutcome> {
  const clock = new FakeClock();
  const wrong: string[] = [];
  const story: string[] = [];
  const tell = (what: string) => story.push(`${(clock.now / 1000).toFixed(1)} s: ${what}`);
  const breach = (what: string) => {
    wrong.push(what);
    tell(`WRONG: ${what}`);
  };
  const chance = new Chance(seed, 'schedule');
  const workers = new FakeWorkers(clock, new Chance(seed, 'workers'), breach);
  const failing: Failing = { how: 'not', share: 0 };
  const registryChance = new Chance(seed, 'registry');
  let lost = 0;
  const shaky = unreliable(
    registry,
    failing,
    (share) => registryChance.is(share),
    () => lost++,
  );
  const removed = new Set<string>();
  const hub = new Hub();
  const events = new EventLog(breach, (runId) => workers.over.has(runId));
  hub.emit = (event) => events.hear(event);
  const unhandled = (error: unknown) => breach(`an error nobody heard of: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  clock.set();
  try {
    const devices = madeDevices(1 + chance.below(3));
    const queue = new TrainingQueue({
      home: registry.home,
      registry: shaky,
      hub,
      log: logTo(breach, tell),
      devices: new Devices({
        registry,
        look: () => Promise.resolve({ devices: [], build: 'gpu', visible: null }),
        choose: () => ({ devices: devices.slice(0, 1 + chance.below(devices.length)), inReserve: anyDevice }),
      }),
      ground: {
        startWorker: workers.start,
        watch: { every: 2000, stopped: 5, stoppedEnding: 2, idle: 20, look: workers.look },
        pixelFile: async (_dataset, images, { imageSize }) => {
          await new Promise<void>((resolve) => clock.after(chance.between(1, 3000), resolve));
          return { path: '/nowhere', imageSize, count: images.length };
        },
        evaluator: {
          evaluate: async (runId, signal) => {
            await new Promise<void>((resolve) => clock.after(chance.between(1, 3000), resolve));
            if (removed.has(runId)) breach(`${runId} is evaluated though it was deleted`);
            if (signal?.aborted) throw new FalxError('soundnessCancelled', {});
            if (!workers.calm && chance.is(0.1))
              throw new FalxError('tensorflowStopped', { detail: { from: 'TensorFlow', text: 'it died' } });
            return sample.metrics(runId);
          },
        },
      },
    });
    const asked = new Actions({ queue, registry, workers, failing, removed, chance, tell, breach });
    await asked.queueRuns();
    for (const at of asked.times(TROUBLE)) clock.after(at, () => asked.act());
    while (clock.now < TROUBLE && (await clock.step()));

    // The disturbances are over: paused runs are resumed, queued ones started, and all must end.
    failing.how = 'not';
    workers.calm = true;
    tell('calm');
    for (const { runId, phase } of queue.state().active) if (phase !== 'evaluating') queue.resume(runId);
    queue.start();
    for (const { device, id } of queue.state().devices.map((one) => ({ device: one, id: one.id })))
      if (device.setAside) await queue.tryDevice(id);
    await idle(clock, queue, asked.ids, registry);
    agree(registry, asked.ids, workers, breach, 'after the trouble');
    const firstEnds = asked.ids.map((id) => registry.runs.get(id).status);

    // Whatever was interrupted or failed is resumed, and trained to its end.
    for (const id of asked.ids) {
      const { status } = registry.runs.get(id);
      if (status === 'interrupted' || status === 'failed') {
        queue.requeue(id);
      }
    }
    await settled();
    await idle(clock, queue, asked.ids, registry);
    agree(registry, asked.ids, workers, breach, 'when resumed');
    for (const id of asked.ids)
      if (!['done', 'stopped'].includes(registry.runs.get(id).status))
        breach(
          `${id} was resumed in peace and is ${registry.runs.get(id).status} (${registry.runs.get(id).error ?? ''})`,
        );

    const closing = queue.close();
    let closed = false;
    void closing.then(() => (closed = true));
    await settled();
    while (!closed && (await clock.step()));
    if (!closed) breach('the queue can’t be closed');
    return {
      seed,
      wrong,
      story,
      runs: asked.ids.length + removed.size,
      workers: workers.started,
      lost,
      removed: removed.size,
      ends: firstEnds,
    };
  } finally {
    clock.restore();
    process.off('unhandledRejection', unhandled);
    for (const { id, folder } of registry.runs.list({ removed: 'any' })) {
      registry.runs.update(id, { removed: new Date().toISOString(), status: 'interrupted' });
      registry.runs.delete(id);
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Resolves when nothing is training or queued, or after a time limit. */
async function idle(
  clock: FakeClock,
  queue: TrainingQueue,
  ids: readonly string[],
  registry: Registry,
): Promise<void> {
  const until = clock.now + PATIENCE;
  const quiet = () =>
    queue.state().active.length === 0 && ids.every((id) => ended.includes(registry.runs.get(id).status));
  while (!quiet() && clock.now < until && (await clock.step()));
}

/** Checks that registry, folders and workers agree about every run. */
function agree(
  registry: Registry,
  ids: readonly string[],
  workers: FakeWorkers,
  breach: (what: string) => void,
  when: string,
): void {
  for (const id of ids) {
    const run = registry.runs.get(id);
    if (!ended.includes(run.status)) breach(`${id} is ${run.status} ${when}, and nobody trains it`);
    if (workers.training.has(id)) breach(`${id} is ${run.status} ${when}, and still has a worker`);
    const kept = keptIn(run.folder);
    const epochs = registry.epochs.list(id).map(({ epoch }) => epoch);
    if (run.status === 'done' || run.status === 'stopped') {
      if (!kept.model) breach(`${id} is ${run.status} ${when} without a model`);
      if (run.bestEpoch !== kept.best)
        breach(`${id} names epoch ${run.bestEpoch} as its best, its folder ${kept.best}`);
      if (epochs.join() !== kept.epochs.map(({ epoch }) => epoch).join())
        breach(`${id} has the epochs ${epochs.join()} in the registry, ${kept.epochs.length} in its folder`);
      if (run.error !== null) breach(`${id} is ${run.status} with an error`);
    } else if (run.error === null) breach(`${id} is ${run.status} ${when} and nothing says why`);
    if (epochs.length > kept.epochs.length)
      breach(`${id} has ${epochs.length} epochs in the registry, ${kept.epochs.length} in its folder`);
  }
  if (registry.runs.list({ status: 'running' }).length > 0) breach(`a run is called running ${when}`);
}

/** Actions of a person, or of another part of Falx, while runs are trained. */
class Actions {
  readonly ids: string[] = [];
  readonly #queue: TrainingQueue;
  readonly #registry: Registry;
  readonly #workers: FakeWorkers;
  readonly #failing: Failing;
  readonly #removed: Set<string>;
  readonly #chance: Chance;
  readonly #tell: (what: string) => void;
  readonly #breach: (what: string) => void;

  constructor(of: {
    queue: TrainingQueue;
    registry: Registry;
    workers: FakeWorkers;
    failing: Failing;
    /** Runs that were permanently deleted. */
    removed: Set<string>;
    chance: Chance;
    tell: (what: string) => void;
    breach: (what: string) => void;
  }) {
    [this.#queue, this.#registry, this.#workers, this.#failing] = [
      of.queue,
      of.registry,
      of.workers,
      of.failing,
    ];
    [this.#removed, this.#chance, this.#tell, this.#breach] = [of.removed, of.chance, of.tell, of.breach];
  }

  times(until: number): number[] {
    return Array.from({ length: 4 + this.#chance.below(12) }, () => this.#chance.between(1, until));
  }

  async queueRuns(): Promise<void> {
    const networks = (['mobilenetv2', 'densenet121', 'resnet50'] as const).slice(
      0,
      1 + this.#chance.below(3),
    );
    await this.#try('queue', async () => {
      const before = new Set(this.#registry.runs.list().map(({ id }) => id));
      try {
        await this.#queue.queue({
          splitId: 'sp-sim',
          networks,
          settings: { weights: 'none', imageSize: 32, epochs: 1 + this.#chance.below(4), batchSize: 2 },
        });
      } finally {
        const all = this.#registry.queue.list().map(({ id }) => id);
        this.ids.push(...all.filter((id) => !before.has(id) && !this.ids.includes(id)));
      }
    });
  }

  act(): void {
    const chance = this.#chance;
    // Runs in training are of most interest.
    const active = this.#active();
    const id = active.length > 0 && chance.is(0.7) ? chance.of(active) : chance.of(this.ids);
    const name = `run ${this.ids.indexOf(id) + 1}`;
    const queue = this.#queue;
    const acts: Record<string, () => unknown> = {
      queue: () => this.queueRuns(),
      pause: () => queue.pause(id),
      resume: () => queue.resume(id),
      stop: () => queue.stop(id),
      cancel: () => this.#cancel(id),
      requeue: () => queue.requeue(id),
      move: () => queue.move(id, chance.below(4)),
      remove: () => this.#remove(id),
      start: () => queue.start(),
      devices: () => queue.devicesChanged(),
      tryDevice: () => queue.tryDevice(chance.of(['gpu-1', 'gpu-2', 'auto'])),
      registry: () => Object.assign(this.#failing, chance.of(failures)),
    };
    const what = chance.of(Object.keys(acts));
    if (id === undefined && !['queue', 'registry', 'start'].includes(what)) return;
    void this.#try(`${what} ${name}`, acts[what]!);
  }

  /** It has ten seconds to end by itself. */
  #cancel(id: string): void {
    this.#queue.cancel(id);
    const worker = this.#workers.training.get(id);
    this.#workers.clock.after(GRACE, () => {
      if (worker && this.#workers.training.get(id) === worker)
        this.#breach(`${id} goes on though it was cancelled`);
    });
  }

  /** Permanently, with its folder, as the core does with runs that are not in training. */
  async #remove(id: string): Promise<void> {
    const { status, folder } = this.#registry.runs.get(id);
    if (status === 'running') return;
    if (status === 'queued') this.#queue.cancel(id);
    this.#registry.runs.update(id, { removed: new Date().toISOString() });
    await this.#queue.release([id]);
    rmSync(folder, { recursive: true, force: true });
    this.#registry.runs.delete(id);
    this.#removed.add(id);
    this.ids.splice(this.ids.indexOf(id), 1);
  }

  #active(): string[] {
    try {
      return this.#queue.state().active.map(({ runId }) => runId);
    } catch {
      return []; // the registry is failing
    }
  }

  /** Falx's refusals have codes; any other error is a bug. */
  async #try(what: string, act: () => unknown): Promise<void> {
    this.#tell(what);
    try {
      await act();
    } catch (error) {
      if (error instanceof FalxError) this.#tell(`  ${error.code}`);
      else this.#breach(`${what}: ${(error as Error).stack ?? String(error)}`);
    }
  }
}

const failures: readonly Failing[] = [
  { how: 'before', share: 1 },
  { how: 'before', share: 0.3 },
  { how: 'after', share: 0.3 },
  { how: 'not', share: 0 },
  { how: 'not', share: 0 },
];

/** The events for windows: none for a run that is not in training. */
class EventLog {
  readonly #breach: (what: string) => void;
  readonly #isOver: (runId: string) => boolean;
  #active = new Set<string>();

  constructor(breach: (what: string) => void, isOver: (runId: string) => boolean) {
    [this.#breach, this.#isOver] = [breach, isOver];
  }

  hear(event: Parameters<Hub['emit']>[0]): void {
    if (event.kind === 'training') {
      const active = event.training.active.map(({ runId }) => runId);
      if (new Set(active).size !== active.length) this.#breach('a run is shown as trained twice');
      const devices = event.training.active.map(({ deviceId }) => deviceId);
      if (new Set(devices).size !== devices.length) this.#breach('a device is shown with two runs');
      this.#active = new Set(active);
    }
    if (event.kind !== 'epoch') return;
    if (this.#isOver(event.runId)) this.#breach(`an epoch of ${event.runId} is told after its end`);
    if (!this.#active.has(event.runId))
      this.#breach(`an epoch of ${event.runId} is told, which is not trained`);
  }
}

function madeDevices(count: number): RunDevice[] {
  return Array.from({ length: count }, (_, i) => ({
    ...anyDevice,
    id: `gpu-${i + 1}`,
    kind: 'gpu',
    name: `GPU ${i + 1}`,
    choice: `GPU-${i + 1}`,
  }));
}

/** Anything logged as an error must be an error with a code. */
function logTo(breach: (what: string) => void, tell: (what: string) => void): Log {
  const hear = (facts: { err?: unknown }, what: string) => {
    tell(`  logged: ${what} (${facts.err instanceof Error ? facts.err.message : ''})`);
    if (facts.err instanceof Error && !(facts.err instanceof FalxError))
      breach(`${what}: ${facts.err.stack}`);
  };
  return { error: hear, warn: hear, info: () => undefined } as unknown as Log;
}
