import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FalxError, recreatedError, messageFromFacts, messageOfWorded, worded } from '../contract/errors.ts';
import type { VerifyReport, VerifyStep } from '../contract/gpu-report.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import { networkNames } from '../contract/networks.ts';
import { defaultSettings, type TrainingSettings } from '../contract/settings.ts';
import { examine } from '../doctor/doctor-handlers.ts';
import { writeAtomically } from '../system/write-atomically.ts';
import { exactNumbers, type Numbers } from '../tensorflow/environment.ts';
import { nvidiaGpus } from '../tensorflow/nvidia.ts';
import { whyOnProcessor } from '../tensorflow/probing.ts';
import { type Watch, watchWorker, workerHung } from '../tensorflow/watchdog.ts';
import { startWorker, unexpectedEnd } from '../tensorflow/worker-process.ts';
import { falxVersion } from '../version.ts';
import { placementIn } from './placement.ts';
import type { TaskResult, VerifyPacket, VerifyTask } from './task.ts';

/**
 * Tries everything that Falx does on a GPU, the most informative steps first, within a time limit, and writes the results as it
 * goes: a verification that is interrupted keeps what is known.
 */

export type VerifyOptions = {
  home: string;
  /** The report's file; replaced after each step. */
  out: string;
  /** `cpu`: the same steps, smaller, to test the verification itself. */
  device: 'gpu' | 'cpu';
  budgetSeconds: number;
  /** Names of the steps to run; all when left out. */
  only?: readonly string[] | undefined;
  onStep?: (step: VerifyStep) => void;
  onBegin?: (name: string) => void;
  /** Called with all that is known after each step, and at the start. */
  onReport?: (report: VerifyReport) => void;
  signal?: AbortSignal | undefined;
  /** How its workers are monitored. */
  watch?: Watch | undefined;
};

type StepResult = Pick<VerifyStep, 'state' | 'figures'> & { told: StoredMessage };
type Step = { name: string; most: number; act: (bench: VerifyContext) => Promise<StepResult> };

/** Least time left, seconds, with which a step is started. */
const LEAST = 8;

/**
 * @throws FalxError `tensorflow-missing` with the reason if a GPU is requested and none is used; an AbortError when `signal`
 *   aborts.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  if (options.device === 'gpu') await requireGpu(options.home);
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const report: VerifyReport = {
    format: 1,
    falx: falxVersion(),
    started: new Date().toISOString(),
    ended: null,
    device: options.device,
    budgetSeconds: options.budgetSeconds,
    steps: [],
  };
  const write = async () => {
    await writeAtomically(options.out, `${JSON.stringify(report, null, 2)}\n`);
    options.onReport?.(report);
  };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'falx-verify-'));
  const bench = new VerifyContext(options, folder);
  try {
    await write();
    for (const step of steps(options.device).filter(({ name }) => options.only?.includes(name) ?? true)) {
      options.signal?.throwIfAborted();
      options.onBegin?.(step.name);
      const from = elapsed();
      const left = options.budgetSeconds - from;
      bench.deadline = performance.now() + Math.min(step.most, left) * 1000;
      const said: StepResult =
        left < LEAST
          ? { state: 'out of time', told: message('verifyNotBegun', {}), figures: null }
          : await step.act(bench).catch((error: unknown): StepResult => failed(error));
      options.signal?.throwIfAborted();
      const { state, told, figures } = said;
      const words = worded(told);
      const done: VerifyStep = {
        name: step.name,
        state,
        seconds: elapsed() - from,
        said: words.message,
        facts: words.facts,
        figures,
      };
      report.steps.push(done);
      await write();
      options.onStep?.(done);
    }
    report.ended = new Date().toISOString();
    await write();
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireGpu(home: string): Promise<void> {
  const { devices } = await examine(home);
  if (devices.some(({ kind, used }) => kind === 'gpu' && used)) return;
  const gpu = devices.find(({ kind }) => kind === 'gpu');
  const reason = messageFromFacts(gpu?.facts) ?? message('gpuUnsaid', {});
  throw new FalxError('verifyNoGpu', { reason });
}

class OutOfTime extends Error {}

function failed(error: unknown): StepResult {
  if (error instanceof OutOfTime)
    return { state: 'out of time', told: message('verifyBrokenOff', {}), figures: null };
  const figures = error instanceof FalxError ? error.facts : null;
  return { state: 'failed', told: messageOf(error), figures };
}

/** What went wrong, as a message of the catalogue. */
const messageOf = (error: unknown): StoredMessage =>
  error instanceof FalxError
    ? error.asMessage
    : message('verifyFault', { detail: { from: 'Node.js', text: (error as Error).message } });

type Sizes = { imageSize: number; batchSize: number; steps: number };

/** What the steps work with. */
class VerifyContext {
  deadline = 0;
  readonly device: 'gpu' | 'cpu';
  readonly home: string;
  /** For comparing numbers, and for speed. */
  readonly small: Sizes;
  readonly usual: Sizes;
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: Watch | undefined;
  #count = 0;

  constructor({ device, home, signal, watch }: VerifyOptions, folder: string) {
    this.#signal = signal;
    this.#watch = watch;
    this.device = device;
    this.home = home;
    this.#folder = folder;
    const onGpu = device === 'gpu';
    this.small = onGpu
      ? { imageSize: 96, batchSize: 16, steps: 4 }
      : { imageSize: 32, batchSize: 4, steps: 3 };
    this.usual = onGpu
      ? { imageSize: 224, batchSize: 32, steps: 12 }
      : { imageSize: 64, batchSize: 8, steps: 4 };
  }

  /** A new file or folder path. */
  place(): string {
    return path.join(this.#folder, `${++this.#count}`);
  }

  task(
    network: TrainingSettings['network'],
    sizes: Sizes,
    change: Partial<VerifyTask & TrainingSettings> = {},
  ) {
    const { precision = 'float32', ...task } = change;
    const settings: TrainingSettings = {
      ...defaultSettings(network, false, sizes.imageSize),
      batchSize: sizes.batchSize,
      precision,
    };
    return { folder: this.place(), settings, steps: sizes.steps, ...task };
  }

  /** Has tasks done in a worker. @throws OutOfTime, or FalxError as the worker failed or ended. */
  async run(
    tasks: VerifyTask[],
    {
      device = this.device,
      numbers = exactNumbers,
      environment = {},
      log = this.place(),
      until,
    }: {
      device?: 'gpu' | 'cpu';
      numbers?: Numbers;
      environment?: Record<string, string>;
      log?: string;
      /** When aborted, the worker ends and the results so far are returned. */
      until?: AbortSignal;
    } = {},
  ): Promise<{ results: TaskResult[]; steps: number; died: FalxError | null }> {
    const results: TaskResult[] = [];
    const work = { work: 'verifying', of: 'none', log } as const;
    let failure: FalxError | undefined;
    let late = false;
    let steps = 0;
    const worker = startWorker<VerifyPacket>({
      module: new URL('./verify-worker.ts', import.meta.url),
      log,
      logMode: 'w',
      device: device === 'cpu' ? 'cpu' : 'auto',
      numbers,
      environment,
      onMessage: (packet) => {
        if (packet.kind === 'step') steps++;
        else if (packet.kind === 'result') results.push(packet.result);
        else failure = recreatedError({ ...packet, facts: packet.facts ?? {} });
      },
    });
    const end = () => worker.kill();
    const unwatch = watchWorker(
      worker.pid,
      () => 'work',
      (how) => {
        failure ??= workerHung(work, how);
        end();
      },
      this.#watch,
    );
    const timer = setTimeout(
      () => {
        late = true;
        end();
      },
      Math.max(0, this.deadline - performance.now()),
    );
    for (const signal of [until, this.#signal]) {
      signal?.addEventListener('abort', end);
      if (signal?.aborted) end();
    }
    try {
      worker.send({ tasks });
      const gone = await worker.gone;
      if (failure) throw failure;
      if (late) throw new OutOfTime();
      const died = results.length < tasks.length ? unexpectedEnd(gone, work) : null;
      return { results, steps, died };
    } finally {
      unwatch();
      clearTimeout(timer);
      for (const signal of [until, this.#signal]) signal?.removeEventListener('abort', end);
    }
  }

  /** The same, but all tasks must finish. */
  async runAll(...args: Parameters<VerifyContext['run']>): Promise<TaskResult[]> {
    const { results, died } = await this.run(...args);
    if (died) throw died;
    return results;
  }
}

const inTraining: Numbers = { tensorFloat32: true, deterministic: false };
const repeatable: Numbers = { tensorFloat32: false, deterministic: true };

const yesOrNo = (so: boolean) => (so ? 'yes' : 'no');

/** How many steps a verification has. */
export const stepCount = (device: 'gpu' | 'cpu'): number => steps(device).length;

/** Most informative first. */
function steps(device: 'gpu' | 'cpu'): Step[] {
  const precisions = ['float32', 'bfloat16'] as const;
  return [
    { name: 'doctor', most: 60, act: doctor },
    { name: 'placement', most: 60, act: placement },
    ...precisions.flatMap((precision) =>
      networkNames.map((network) => ({
        name: `${network} ${precision}`,
        most: device === 'gpu' ? 60 : 120,
        act: (bench: VerifyContext) => numbersOf(bench, network, precision),
      })),
    ),
    { name: 'predictions', most: 45, act: predictions },
    { name: 'save, kill, resume', most: 75, act: resume },
    { name: 'out of memory', most: 60, act: outOfMemory },
    { name: 'repeatability', most: 75, act: repeatability },
    { name: `${networkNames.length} predictors beside a training`, most: 75, act: beside },
    { name: 'XLA', most: 90, act: xla },
  ];
}

async function doctor(bench: VerifyContext): Promise<StepResult> {
  const checkup = await examine(bench.home);
  const nvidia = await nvidiaGpus();
  const why = await whyOnProcessor();
  const [first] = checkup.told;
  return {
    state: first ? 'failed' : 'passed',
    told: first
      ? message('verifyProblem', { problem: messageOfWorded(first), more: checkup.told.length - 1 })
      : message('verifyTensorflow', {
          version: checkup.tensorflow.version ?? '–',
          build: checkup.tensorflow.build ?? '–',
        }),
    figures: { tensorflow: checkup.tensorflow, devices: checkup.devices, cpu: checkup.cpu, nvidia, why },
  };
}

async function placement(bench: VerifyContext): Promise<StepResult> {
  const log = bench.place();
  const environment = { TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'executor=1' };
  await bench.runAll([bench.task('mobilenetv2', bench.small, { steps: 1 })], { log, environment });
  const found = placementIn(await readFile(log, 'utf8'), bench.device === 'gpu');
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
  const [onGpu, onProcessor] = [sum(found.onGpu), sum(found.onProcessor)];
  const none = onGpu + onProcessor === 0 || (bench.device === 'gpu' && onGpu === 0);
  return {
    state: none || found.unexpected.length > 0 ? 'failed' : 'passed',
    told: none
      ? message('verifyPlacementUnseen', {})
      : message('verifyPlacement', {
          gpu: onGpu,
          processor: onProcessor,
          unexpected: found.unexpected.length,
          names: found.unexpected.slice(0, 5).join(', '),
        }),
    figures: found,
  };
}

/** Relative tolerance between two losses: sums are computed in another order, and bfloat16 has 8 bits. */
const tolerance = { float32: 2e-3, bfloat16: 5e-2 };

async function numbersOf(
  bench: VerifyContext,
  network: TrainingSettings['network'],
  precision: 'float32' | 'bfloat16',
): Promise<StepResult> {
  const compared = () => bench.task(network, bench.small, { precision });
  const fast = bench.task(network, bench.usual, { precision });
  const [ours, reference, [speed]] = [
    await bench.runAll([compared()]),
    await bench.runAll([compared()], { device: 'cpu' }),
    await bench.runAll([fast], { numbers: inTraining }),
  ];
  const [here, there] = [ours[0]!, reference[0]!];
  const apart = here.losses.map((loss, i) => Math.abs(loss - there.losses[i]!) / Math.abs(there.losses[i]!));
  const first = apart[0] ?? Infinity;
  const finite = [...here.losses, ...speed!.losses].every(Number.isFinite);
  return {
    state: finite && first <= tolerance[precision] ? 'passed' : 'failed',
    told: message('verifyNumbers', {
      percent: (100 * first).toPrecision(2),
      speed: speed!.imagesPerSecond?.toFixed(1) ?? '–',
      side: bench.usual.imageSize,
      batch: bench.usual.batchSize,
    }),
    figures: {
      losses: here.losses,
      lossesOnProcessor: there.losses,
      relative: apart,
      compared: bench.small,
      speed: { ...bench.usual, ...withoutNumbers(speed!) },
    },
  };
}

const withoutNumbers = ({ probabilities: _, losses, ...rest }: TaskResult) => ({ ...rest, losses });

async function predictions(bench: VerifyContext): Promise<StepResult> {
  const task = () => bench.task('resnet50', bench.small, { steps: 0, evaluated: 4 });
  const [[here], [there]] = [await bench.runAll([task()]), await bench.runAll([task()], { device: 'cpu' })];
  const apart = here!.probabilities.map((p, i) => Math.abs(p - there!.probabilities[i]!));
  const most = Math.max(...apart);
  return {
    state: most <= 1e-3 ? 'passed' : 'failed',
    told: message('verifyPredictions', { images: apart.length, most: most.toExponential(1) }),
    figures: {
      most,
      images: apart.length,
      seconds: here!.secondsPerEvaluatedBatch,
      onProcessor: there!.secondsPerEvaluatedBatch,
    },
  };
}

async function resume(bench: VerifyContext): Promise<StepResult> {
  const checkpoint = bench.place();
  const task = (change: Partial<VerifyTask>) => bench.task('mobilenetv2', bench.small, change);
  const options = { numbers: repeatable };
  const [whole] = await bench.runAll([task({ steps: 6 })], options);
  const killed = await bench.run(
    [task({ steps: 6, save: { path: checkpoint, after: 3 }, dieAfter: 4 })],
    options,
  );
  if (!killed.died) throw new Error('the worker that was to be killed lived');
  const [resumed] = await bench.runAll([task({ steps: 3, firstStep: 4, restore: checkpoint })], options);
  const same = whole!.weights === resumed!.weights;
  return {
    state: same ? 'passed' : 'failed',
    told: message('verifyResumed', { same: yesOrNo(same) }),
    figures: { whole: whole!.losses, resumed: resumed!.losses, same },
  };
}

async function outOfMemory(bench: VerifyContext): Promise<StepResult> {
  const onGpu = bench.device === 'gpu';
  const answer = onGpu ? await nvidiaGpus() : null;
  const total = answer?.kind === 'gpus' ? (answer.gpus[0]?.totalBytes ?? 0) : 0;
  // ResNet50 at 224 px keeps about 90 MB of activations per image: at least half more than there is.
  const tooMany = onGpu ? Math.max(512, Math.ceil((1.5 * total) / 90e6)) : 128;
  const sizes = onGpu ? { ...bench.usual, batchSize: 8 } : { ...bench.small, imageSize: 64 };
  const { results, died } = await bench.run([
    bench.task('resnet50', sizes, { steps: 2, tooMany, limitMemory: !onGpu }),
  ]);
  const told = results[0]?.outOfMemory ?? null;
  const known = told?.code === 'out-of-memory' || died?.code === 'out-of-memory';
  const after = results[0]?.losses ?? [];
  return {
    state: known ? 'passed' : 'failed',
    told: !known
      ? message('verifyMemoryUnseen', { images: tooMany, reason: died?.asMessage })
      : told === null
        ? message('verifyMemoryEnded', { images: tooMany })
        : message('verifyMemoryTold', { images: tooMany, fits: told.fits ?? 0 }),
    figures: { total, tooMany, told, died: died?.message ?? null, after },
  };
}

async function repeatability(bench: VerifyContext): Promise<StepResult> {
  const twice = async (numbers: Numbers) => {
    const runs: TaskResult[] = [];
    for (let i = 0; i < 2; i++)
      runs.push(...(await bench.runAll([bench.task('mobilenetv2', bench.small, {})], { numbers })));
    return {
      same: runs[0]!.weights === runs[1]!.weights,
      losses: runs.map(({ losses }) => losses),
      seconds: runs.map(({ secondsPerStep }) => secondsPerStep),
    };
  };
  const asked = await twice(repeatable);
  const usual = await twice(inTraining);
  return {
    state: asked.same ? 'passed' : 'failed',
    told: message('verifyRepeatable', { asked: yesOrNo(asked.same), usual: yesOrNo(usual.same) }),
    figures: { deterministic: asked, usual },
  };
}

async function beside(bench: VerifyContext): Promise<StepResult> {
  const stop = new AbortController();
  const training = bench
    .run([bench.task('resnet50', bench.usual, { steps: 100_000 })], {
      numbers: inTraining,
      until: stop.signal,
    })
    .catch((error: unknown) => error as Error);
  const evaluating = bench.task('resnet50', bench.small, { steps: 0, evaluated: 20 });
  const predicted = await Promise.allSettled(
    networkNames.map((network) =>
      bench.runAll([{ ...evaluating, settings: { ...evaluating.settings, network }, folder: bench.place() }]),
    ),
  );
  const memory = await nvidiaGpus();
  stop.abort();
  const trained = await training;
  const wrongs = predicted.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (trained instanceof Error) wrongs.unshift(trained);
  const late = wrongs.find((error) => error instanceof OutOfTime);
  if (late) throw late;
  const steps = trained instanceof Error ? 0 : trained.steps;
  const wrong = wrongs[0];
  return {
    state: wrong === undefined ? 'passed' : 'failed',
    told:
      wrong === undefined
        ? message('verifyBeside', { predictors: networkNames.length, steps })
        : message('verifyBesideFailed', { reason: messageOf(wrong) }),
    figures: {
      steps,
      predictors: predicted.map((one, i) => ({
        network: networkNames[i],
        seconds: one.status === 'fulfilled' ? one.value[0]!.secondsPerEvaluatedBatch : null,
        gpuBytes: one.status === 'fulfilled' ? one.value[0]!.gpuBytes : null,
      })),
      memory,
    },
  };
}

async function xla(bench: VerifyContext): Promise<StepResult> {
  const sizes = { ...bench.usual, steps: bench.usual.steps };
  const environment = {
    TF_XLA_FLAGS:
      bench.device === 'gpu' ? '--tf_xla_auto_jit=2' : '--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit',
  };
  const [[plain], [clustered]] = [
    await bench.runAll([bench.task('mobilenetv2', sizes)], { numbers: inTraining }),
    await bench.runAll([bench.task('mobilenetv2', sizes)], { numbers: inTraining, environment }),
  ];
  const [before, after] = [plain!.imagesPerSecond ?? 0, clustered!.imagesPerSecond ?? 0];
  return {
    state: 'told',
    told: message('verifyXla', {
      speed: after.toFixed(1),
      without: before.toFixed(1),
      start: clustered!.secondsToStart.toFixed(1),
      startWithout: plain!.secondsToStart.toFixed(1),
      losses: `${clustered!.losses[0]?.toFixed(4)}, ${plain!.losses[0]?.toFixed(4)}`,
    }),
    figures: { plain: withoutNumbers(plain!), clustered: withoutNumbers(clustered!) },
  };
}
