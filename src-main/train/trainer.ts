import { appendFile } from 'node:fs';
import path from 'node:path';
import { FalxError, worded } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { TrainControl, TrainPacket, TrainPlan } from '../contract/packets.ts';
import type { Computing } from '../tensorflow/environment.ts';
import { whyOnProcessor } from '../tensorflow/probing.ts';
import { startWorker as startProcess, unexpectedEnd } from '../tensorflow/worker-process.ts';
import { type Watch, watchWorker, workerHung } from '../tensorflow/watchdog.ts';
import type { PauseSwitch } from './pause.ts';

/**
 * How a training ended: `nothing-kept` if it was cancelled, or stopped before its first epoch was done; `died` if the worker could
 * not say how.
 */
export type TrainEnd =
  | Extract<TrainPacket, { kind: 'done' | 'failed' }>
  | { kind: 'nothing-kept' }
  | { kind: 'died'; error: FalxError };

export type TrainOptions = Pick<Computing, 'device' | 'threads'> & {
  home: string;
  onPacket: (packet: TrainPacket) => void;
  /** Paused: the worker waits after its current step, keeping its memory. */
  pause?: PauseSwitch | undefined;
  /** Aborted: finish now and keep the best epoch. */
  stop?: AbortSignal | undefined;
  /** Aborted: end at once. */
  cancel?: AbortSignal | undefined;
  /** How long the worker may be silent before it has started, milliseconds. */
  startWithin?: number | undefined;
  watch?: Watch | undefined;
  /** In place of a process of its own. */
  startWorker?: typeof startProcess<TrainPacket> | undefined;
};

/** How long a cancelled worker has to end by itself, milliseconds: a step can't be interrupted. */
const GRACE = 10_000;

/** Building a graph and loading weights takes seconds, on a slow disk a minute: after this something hangs. */
const START_WITHIN = 10 * 60_000;

/** Log file of a run's worker, including TensorFlow's output. */
export function trainingLog(home: string, runId: string): string {
  return path.join(home, 'logs', `${runId}.log`);
}

/**
 * Trains one run in a worker process and returns when that process is gone. An error in `onPacket` ends the worker and is rethrown.
 */
export async function train(
  plan: TrainPlan,
  {
    home,
    onPacket,
    device,
    threads,
    pause,
    stop,
    cancel,
    startWithin = START_WITHIN,
    watch,
    startWorker = startProcess,
  }: TrainOptions,
): Promise<TrainEnd> {
  const log = trainingLog(home, plan.runId);
  const work = { work: 'training', of: plan.runId, log } as const;
  let end: TrainEnd | undefined;
  let fault: Error | undefined;
  const worker = startWorker({
    module: new URL('./train-worker.ts', import.meta.url),
    log,
    logMode: plan.resume ? 'a' : 'w',
    device,
    threads,
    numbers: plan.settings,
    onMessage: (packet) => {
      // Anything after its last message is not part of this training.
      if (fault || end) return;
      watchdog.heard(packet);
      if (packet.kind === 'done' || packet.kind === 'failed') end = packet;
      give(packet);
      if (packet.kind === 'started' && packet.device === 'CPU' && device !== 'cpu')
        telling = reportProcessorUse();
    },
  });
  let telling: Promise<void> | undefined;
  function give(packet: TrainPacket): void {
    try {
      onPacket(packet);
    } catch (error) {
      fault = error as Error;
      worker.kill();
    }
  }
  /** A user with a GPU must not mistake the processor's speed for the GPU's. */
  async function reportProcessorUse(): Promise<void> {
    const reason = await whyOnProcessor().catch((error: unknown) =>
      error instanceof FalxError
        ? error.asMessage
        : message('systemSays', { detail: { from: 'Falx', text: (error as Error).message } }),
    );
    if (reason === null || fault || end) return;
    const told = worded(message('trainsOnProcessor', { reason }));
    give({ kind: 'warning', ...told });
    if (!fault) appendFile(log, `${told.message}\n`, () => undefined); // the packet has it
  }
  const watchdog = watchStart(startWithin, () => {
    end = { kind: 'died', error: neverStarted(plan.runId, startWithin, log) };
    worker.kill();
  });

  const unwatch = watchWorker(
    worker.pid,
    () => (stop?.aborted || cancel?.aborted ? 'to end' : pause?.isPaused ? 'nothing' : 'work'),
    (how) => {
      end = { kind: 'died', error: workerHung(work, how) };
      worker.kill();
    },
    watch,
  );

  const tell = (control: TrainControl) => worker.send({ kind: 'control', control });
  const askToStop = () => tell('stop');
  let grace: NodeJS.Timeout | undefined;
  const askToCancel = () => {
    tell('cancel');
    grace = setTimeout(() => worker.kill(), GRACE);
  };
  worker.send({ kind: 'plan', plan });
  if (pause?.isPaused) tell('pause');
  const unsubscribe = [
    pause?.onChange(() => tell(pause.isPaused ? 'pause' : 'resume')),
    listen(stop, askToStop),
    listen(cancel, askToCancel),
  ];
  try {
    const gone = await worker.gone;
    if (!cancel?.aborted) await telling;
    if (fault) throw fault;
    if (end?.kind === 'done') return end;
    if (cancel?.aborted || (end?.kind === 'failed' && end.code === 'cancelled'))
      return { kind: 'nothing-kept' };
    if (end) return end;
    return { kind: 'died', error: unexpectedEnd(gone, work) };
  } finally {
    clearTimeout(grace);
    unwatch();
    watchdog.end();
    for (const off of unsubscribe) off?.();
  }
}

/** Acts after a time of silence, until the worker has started: from then on a single step may take long. */
function watchStart(milliseconds: number, act: () => void) {
  let timer = setTimeout(act, milliseconds);
  return {
    heard: ({ kind }: TrainPacket) => {
      clearTimeout(timer);
      if (kind === 'warning') timer = setTimeout(act, milliseconds);
    },
    end: () => clearTimeout(timer),
  };
}

function neverStarted(runId: string, milliseconds: number, log: string): FalxError {
  return new FalxError('trainerSilent', { run: runId, seconds: milliseconds / 1000, log });
}

function listen(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => undefined;
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}
