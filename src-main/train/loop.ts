import { setImmediate as nextTurn } from 'node:timers/promises';
import { FalxError, worded } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import { sizeOf } from '../graph/graph.ts';
import { learningRateAt } from '../graph/optimisers.ts';
import { specOf } from '../networks/weights/spec.ts';
import { confusionAt } from '../statistics/confusion.ts';
import { crossEntropyOf } from '../statistics/cross-entropy.ts';
import { numbersIn, threadsIn } from '../tensorflow/environment.ts';
import { binding } from '../tensorflow/runtime.ts';
import { peakMemory } from '../tensorflow/worker-side.ts';
import { epochBatches, PixelReader } from './batches.ts';
import { Engine, type StepInput, type StepOutput } from './engine.ts';
import { writeFrozen } from './frozen.ts';
import { damagedFile, type Ending, readManifest } from './manifest.ts';
import {
  clearTraining,
  emptyState,
  keepBest,
  onDisk,
  readCard,
  readCheckpoints,
  writeBest,
  writeCheckpoint,
} from './run-storage.ts';
import { Cancelled, DiskSpaceWaiter } from './wait-for-disk-space.ts';
import { PhaseClock } from './phase-clock.ts';
import { startingWeights } from './starting-weights.ts';
import { batchThatFits, NoMemoryForStep, stepMemory } from './batch-that-fits.ts';
import type { LabelledRows, TrainPacket, TrainPlan } from '../contract/packets.ts';
import type { Epoch } from '../contract/records.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { Scope } from './model.ts';
import type { ModelCard, TrainState } from './run-storage.ts';
import type { RunControls } from './run-controls.ts';

type Send = (packet: TrainPacket) => void;

/** Consecutive epochs that train the same weights. */
interface Phase {
  name: Epoch['phase'];
  scope: Scope;
  /** Epochs before it, and its own. */
  first: number;
  epochs: number;
  peak: number;
}

/** Shortest interval between progress reports, milliseconds. */
const progressEvery = 250;

/**
 * Trains one run from the start, or from where it was interrupted, to the best epoch's model in `plan.folder`. The same plan on the
 * same machine gives the same weights, bit for bit on a CPU.
 * @param checkpointEvery shortest interval between checkpoints, milliseconds.
 */
export async function train(
  plan: TrainPlan,
  controls: RunControls,
  send: Send,
  checkpointEvery = 30_000,
): Promise<boolean> {
  requireGpu(plan);
  const settings = effectiveSettings(plan, send);
  if (plan.resume && wasFinished(plan, send)) return true;
  const phases = phasesOf(settings);
  const engine = new Engine(plan.folder, settings, [...new Set(phases.map((p) => p.scope))]);
  const reader = await PixelReader.open(plan.pixelFile);
  const room = new DiskSpaceWaiter(plan, controls, send);
  let noMemory: NoMemoryForStep;
  try {
    let state = await begin(plan, settings, engine, send);
    let checked = performance.now();
    const clock = clockFor(plan, settings, phases, state.epochs);
    for (const phase of phases) {
      const last = phase.first + phase.epochs;
      if (state.epoch >= last) continue;
      if (state.epoch === phase.first) {
        state.waited = 0;
        engine.resetOptimiser();
      }
      while (state.epoch < last) {
        // Before the next epoch, so that a run resumed here stops where it would have stopped.
        if (settings.patience > 0 && state.waited >= settings.patience && last === settings.epochs)
          return await finish(plan, settings, engine, state, send, room, { early: true, byUser: false });
        const epoch = await trainEpoch(
          plan,
          settings,
          phase,
          state.epoch + 1,
          engine,
          reader,
          controls,
          send,
          clock,
        );
        if (epoch === null)
          return await finish(plan, settings, engine, state, send, room, { early: false, byUser: true });
        clock.epochTook(epoch.epoch, epoch.seconds);
        const ended = performance.now();
        await validate(plan, settings, epoch, engine, reader, controls);
        requireFinite(epoch.validationLoss ?? 0, plan, phase, epoch.epoch);
        const best = await keepIfBest(plan, state, epoch, engine, room);
        clock.betweenTook((performance.now() - ended) / 1000);
        send({ kind: 'epoch', epoch, best });
        if (performance.now() - checked >= checkpointEvery) {
          const before = state;
          state = await room.write(() =>
            writeCheckpoint(plan.folder, before, (path) => engine.save(path, 'all')),
          );
          checked = performance.now();
        }
      }
    }
    return await finish(plan, settings, engine, state, send, room, { early: false, byUser: false });
  } catch (error) {
    if (error instanceof Cancelled) return false;
    if (!(error instanceof NoMemoryForStep)) throw error;
    noMemory = error;
  } finally {
    await reader.close();
    engine.close();
  }
  // Now that its memory is free again.
  const cause = noMemory.cause as FalxError;
  const fits = await batchThatFits(settings, noMemory.scope);
  throw fits === null ? cause : stepMemory(settings.batchSize, fits, cause);
}

/**
 * A run beside others uses its GPU or fails: on the processor, all runs with GPUs would compete.
 * @throws FalxError if TensorFlow does not use the run's GPU.
 */
function requireGpu({ runId, gpu }: TrainPlan): void {
  if (gpu === undefined || binding().isUsingGpuDevice()) return;
  throw new FalxError('gpuNotUsed', { gpu, run: runId });
}

/** The effective settings; changes to the requested ones are reported. */
function effectiveSettings(plan: TrainPlan, send: Send): TrainingSettings {
  const { settings } = plan;
  if (plan.weightsFile !== null) return settings;
  const { network } = settings;
  const normalised = specOf(network).some(({ weight }) => weight === 'gamma') ? 'yes' : 'no';
  send({ kind: 'warning', ...worded(message('runFromScratch', { network, normalised })) });
  return { ...settings, unfreeze: 'all', batchNorm: 'batch', headEpochs: 0 };
}

/** The phases of a run, in order; the last one trains the most. */
export function phasesOf(s: TrainingSettings): Phase[] {
  const headOnly = s.unfreeze === 'none';
  const head = headOnly ? s.epochs : Math.min(s.headEpochs, s.epochs);
  const phases: Phase[] = [
    { name: 'head', scope: 'head', first: 0, epochs: head, peak: s.headLearningRate },
    {
      name: 'all',
      scope: s.unfreeze === 'last' ? 'last' : 'all',
      first: head,
      epochs: s.epochs - head,
      peak: s.learningRate,
    },
  ];
  return phases.filter((phase) => phase.epochs > 0);
}

/** Includes the durations of earlier epochs, if the run is resumed. */
function clockFor(
  plan: TrainPlan,
  { batchSize }: TrainingSettings,
  phases: readonly Phase[],
  before: readonly Epoch[],
): PhaseClock {
  const batches = (rows: readonly unknown[] | ArrayLike<number>) => Math.ceil(rows.length / batchSize);
  const clock = new PhaseClock(phases, batches(plan.train.rows), batches(plan.validation.rows));
  for (const { epoch, seconds } of before) clock.epochTook(epoch, seconds);
  return clock;
}

/** Gives the engine its weights: those of the last checkpoint, or the run's starting weights. */
async function begin(
  plan: TrainPlan,
  settings: TrainingSettings,
  engine: Engine,
  send: Send,
): Promise<TrainState> {
  const { parameters, trainable } = engine.model;
  const state = (plan.resume ? restored(plan.folder, engine, send) : null) ?? emptyState();
  if (state.checkpoint === null) {
    const start = await startingWeights(plan.weightsFile, settings.network, parameters, settings.seed);
    if (plan.weightsSha256 && start.sha256 !== plan.weightsSha256) throw weightsChanged(plan);
    for (const note of start.notes) send({ kind: 'warning', ...worded(note) });
    if (start.batchNormFolded && settings.batchNorm === 'batch')
      throw new FalxError('weightsFolded', { file: String(plan.weightsFile) });
    engine.assign(start.values);
    state.weightsSha256 = start.sha256;
    state.batchNormFolded = start.batchNormFolded;
  }
  send({
    kind: 'started',
    device: binding().isUsingGpuDevice() ? 'GPU' : 'CPU',
    numbers: { ...numbersIn(process.env), threads: threadsIn(process.env) },
    tensorflow: binding().TF_Version,
    parameters: countOf(parameters),
    trainableParameters: countOf(Object.values(trainable).at(-1) ?? []),
    weightsSha256: state.weightsSha256,
    batchNormFolded: state.batchNormFolded,
  });
  for (const epoch of state.epochs) send({ kind: 'epoch', epoch, best: epoch.epoch === state.best?.epoch });
  return state;
}

const weightsChanged = ({ weightsFile }: TrainPlan): FalxError =>
  new FalxError('weightsChanged', { file: String(weightsFile) });

/** Loads the newest intact checkpoint. @returns null if there is none. */
function restored(folder: string, engine: Engine, send: Send): TrainState | null {
  const { state, vouched, damaged } = readCheckpoints(folder);
  const found = state && restoredFrom(folder, state, vouched, engine) ? state : null;
  if (state && !found) damaged.push(`${folder}/${state.checkpoint}`);
  if (damaged.length > 0)
    send({
      kind: 'warning',
      ...worded(message('checkpointLeft', { files: damaged, epoch: found?.epoch ?? 0 })),
    });
  return found;
}

function restoredFrom(folder: string, state: TrainState, vouched: boolean, engine: Engine): boolean {
  try {
    engine.restore(`${folder}/${state.checkpoint}/all`, 'all');
    return true;
  } catch (error) {
    if (vouched) throw error; // not the checkpoint's fault
    console.error(error);
    return false;
  }
}

/** Whether the run was finished before, and only its last message was lost. */
function wasFinished({ folder }: TrainPlan, send: Send): boolean {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string' || manifest.ended === null) return false;
  const card = damagedFile(folder, manifest.files) === null ? readCard(folder) : null;
  if (card === null) return false;
  clearTraining(folder);
  for (const epoch of manifest.ended.epochs)
    send({ kind: 'epoch', epoch, best: epoch.epoch === card.bestEpoch });
  sendDone(card, manifest.ended, send);
  return true;
}

function sendDone(
  { bestEpoch, modelBytes }: ModelCard,
  { stoppedEarly, stoppedByUser }: Ending,
  send: Send,
): void {
  send({ kind: 'done', bestEpoch, stoppedEarly, stoppedByUser, modelBytes, peakBytes: peakMemory() });
}

/** Number of parameters in these weights. */
const countOf = (parameters: readonly { shape: readonly number[] }[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** @returns the epoch's record without its validation, or null when the user stopped it. */
function stepOf(engine: Engine, scope: Scope, input: StepInput): StepOutput {
  try {
    return engine.step(scope, input);
  } catch (error) {
    if (error instanceof FalxError && error.code === 'out-of-memory') throw new NoMemoryForStep(scope, error);
    throw error;
  }
}

async function trainEpoch(
  plan: TrainPlan,
  settings: TrainingSettings,
  phase: Phase,
  epoch: number,
  engine: Engine,
  reader: PixelReader,
  controls: RunControls,
  send: Send,
  clock: PhaseClock,
): Promise<Epoch | null> {
  const { batchSize, seed } = settings;
  const steps = Math.ceil(plan.train.rows.length / batchSize);
  const classWeight = classWeights(plan.train, settings);
  const started = performance.now();
  let told = 0;
  let paused = 0;
  let step = 0;
  let [lossSum, right] = [0, 0];
  let rate = 0;
  for await (const batch of epochBatches(reader, plan.train, batchSize, seed, epoch)) {
    const waited = await followControls(controls);
    if (waited === 'stop') return null;
    paused += waited;
    const stepOfPhase = (epoch - 1 - phase.first) * steps + step;
    rate = learningRateAt(stepOfPhase, phase.epochs * steps, { ...settings, peak: phase.peak });
    const input = {
      pixels: batch.pixels,
      labels: batch.labels,
      weights: batch.labels.map((label) => classWeight[label as 0 | 1]),
      rate,
      step: stepOfPhase + 1,
      momentum: statisticsMomentum(stepOfPhase, steps),
      seed: [seed, (epoch - 1) * steps + step],
    } as const;
    const { loss, probabilities } = stepOf(engine, phase.scope, input);
    requireFinite(loss, plan, phase, epoch);
    step++;
    lossSum += loss * batch.fresh;
    right += correctCount(batch.labels.slice(0, batch.fresh), probabilities.subarray(0, batch.fresh));
    const now = performance.now();
    if (now - told >= progressEvery || step === steps) {
      told = now;
      const seconds = (now - started - paused) / 1000;
      send({
        kind: 'progress',
        epoch,
        epochs: settings.epochs,
        step,
        steps,
        loss,
        learningRate: rate,
        imagesPerSecond: (step * batchSize) / seconds,
        secondsLeft: clock.secondsLeft(epoch, step, seconds),
        memoryBytes: process.memoryUsage.rss(),
      });
    }
  }
  const seconds = (performance.now() - started - paused) / 1000;
  return {
    epoch,
    phase: phase.name,
    learningRate: rate,
    trainLoss: lossSum / plan.train.rows.length,
    trainAccuracy: right / plan.train.rows.length,
    validationLoss: null,
    validationAccuracy: null,
    seconds,
    imagesPerSecond: (steps * batchSize) / seconds,
  };
}

/**
 * Largest share that running statistics keep per step. Keras's momenta suit 100,000s of steps; with the few of a small dataset the
 * statistics would still be close to the initial ones. So they average over half an epoch, over less at the very beginning.
 */
const statisticsMomentum = (step: number, stepsAnEpoch: number): number =>
  Math.min((1 + step) / (10 + step), Math.min(0.99, Math.max(0.5, 1 - 2 / stepsAnEpoch)));

/** @throws FalxError if training has diverged. */
function requireFinite(loss: number, { runId }: TrainPlan, { peak }: Phase, epoch: number): void {
  if (!Number.isFinite(loss)) throw new FalxError('lossNotNumber', { run: runId, epoch, rate: peak });
}

/** Lets messages in and follows them. @returns milliseconds spent paused, or `stop`. */
async function followControls(controls: RunControls): Promise<number | 'stop'> {
  await nextTurn();
  const from = performance.now();
  while (controls.latest === 'pause') await controls.changed();
  if (controls.latest === 'cancel') throw new Cancelled();
  return controls.latest === 'stop' ? 'stop' : performance.now() - from;
}

/** Weight of an example in the loss by its label: n / (2·n_label) if balanced. */
function classWeights({ labels }: LabelledRows, settings: TrainingSettings): readonly [number, number] {
  const positive = labels.filter((label) => label === 1).length;
  const negative = labels.length - positive;
  if (settings.classWeights === 'none' || positive === 0 || negative === 0) return [1, 1];
  return [labels.length / (2 * negative), labels.length / (2 * positive)];
}

async function validate(
  { validation }: TrainPlan,
  { batchSize }: TrainingSettings,
  epoch: Epoch,
  engine: Engine,
  reader: PixelReader,
  controls: RunControls,
): Promise<void> {
  if (validation.rows.length === 0) return;
  const logits = new Float32Array(validation.rows.length);
  for (let from = 0; from < validation.rows.length; from += batchSize) {
    await followControls(controls); // a stop waits until the epoch is evaluated, so that it can be kept
    const rows = validation.rows.slice(from, from + batchSize);
    logits.set(engine.predict(await reader.read(rows), rows.length), from);
  }
  epoch.validationLoss = crossEntropyOf(logits, validation.labels);
  epoch.validationAccuracy =
    correctCount(
      validation.labels,
      logits.map((x) => (x >= 0 ? 1 : 0)),
    ) / logits.length;
}

/** Number of scans whose probability is on their label's side of one half; NaN if any is NaN. */
function correctCount(labels: ArrayLike<number>, probabilities: Float32Array): number {
  const confusion = confusionAt(labels, probabilities, 0.5);
  return confusion ? confusion.tp + confusion.tn : NaN;
}

/** The best epoch has the lowest validation loss; without a validation set the latest is kept. */
async function keepIfBest(
  plan: TrainPlan,
  state: TrainState,
  epoch: Epoch,
  engine: Engine,
  room: DiskSpaceWaiter,
): Promise<boolean> {
  const loss = epoch.validationLoss;
  const best = state.best === null || loss === null || loss < state.best.loss;
  state.epoch = epoch.epoch;
  state.epochs.push(epoch);
  state.waited = best ? 0 : state.waited + 1;
  if (!best) return false;
  state.best = await room.write(() =>
    writeBest(plan.folder, epoch.epoch, loss ?? epoch.trainLoss, (path) => engine.save(path, 'model')),
  );
  return true;
}

const checkpointDamaged = (file: string): FalxError => new FalxError('checkpointDamaged', { file });

async function finish(
  plan: TrainPlan,
  settings: TrainingSettings,
  engine: Engine,
  state: TrainState,
  send: Send,
  room: DiskSpaceWaiter,
  { early, byUser }: { early: boolean; byUser: boolean },
): Promise<boolean> {
  if (state.best === null) throw new FalxError('runNoEpoch', { run: plan.runId });
  const { best } = state;
  const damaged = damagedFile(`${plan.folder}/${best.folder}`, best.files ?? {});
  if (damaged !== null) throw checkpointDamaged(damaged);
  engine.restore(`${plan.folder}/${best.folder}/variables`, 'model');
  const parameters = countOf(engine.model.parameters);
  const card: ModelCard = {
    falx: 1,
    runId: plan.runId,
    settings,
    classes: plan.classes,
    bestEpoch: best.epoch,
    parameters,
    modelBytes: 4 * parameters,
  };
  const ended: Ending = { stoppedEarly: early, stoppedByUser: byUser, epochs: state.epochs };
  const frozen = engine.frozenWeights();
  await room.write(() => {
    onDisk(plan.folder, () => writeFrozen(plan.folder, settings, frozen));
    keepBest(plan.folder, best, card, ended);
  });
  sendDone(card, ended, send);
  return true;
}
