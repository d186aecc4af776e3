import path from 'node:path';
import type { FalxError } from '../contract/errors.ts';
import type { TrainControl, TrainPacket, TrainPlan } from '../contract/packets.ts';
import { startWorker, unexpectedEnd } from '../tensorflow/worker-process.ts';

/**
 * How a training ended: `nothing-kept` when it was cancelled, or stopped before its first epoch was done; `died`
 * when the worker could not say how.
 */
export type TrainEnd =
  | Extract<TrainPacket, { kind: 'done' | 'failed' }>
  | { kind: 'nothing-kept' }
  | { kind: 'died'; error: FalxError };

export type TrainOptions = {
  home: string;
  onPacket: (packet: TrainPacket) => void;
  /** Aborted: finish now and keep the best epoch. */
  stop?: AbortSignal | undefined;
  /** Aborted: end at once. */
  cancel?: AbortSignal | undefined;
};

/** How long a cancelled worker has to end by itself, milliseconds: a step can't be broken off. */
const GRACE = 10_000;

/**
 * Trains one run in a worker process and returns when that process is gone.
 * What `onPacket` throws ends the worker and is thrown again.
 */
export async function train(
  plan: TrainPlan,
  { home, onPacket, stop, cancel }: TrainOptions,
): Promise<TrainEnd> {
  const log = path.join(home, 'logs', `${plan.runId}.log`);
  let end: TrainEnd | undefined;
  let fault: Error | undefined;
  const worker = startWorker<TrainPacket>({
    module: new URL('./worker.ts', import.meta.url),
    log,
    logMode: plan.resume ? 'a' : 'w',
    onMessage: (packet) => {
      if (packet.kind === 'done' || packet.kind === 'failed') end = packet;
      if (fault) return;
      try {
        onPacket(packet);
      } catch (error) {
        fault = error as Error;
        worker.kill();
      }
    },
  });

  const tell = (control: TrainControl) => worker.send({ kind: 'control', control });
  const askToStop = () => tell('stop');
  let grace: NodeJS.Timeout | undefined;
  const askToCancel = () => {
    tell('cancel');
    grace = setTimeout(() => worker.kill(), GRACE);
  };
  worker.send({ kind: 'plan', plan });
  const unsubscribe = [listen(stop, askToStop), listen(cancel, askToCancel)];
  try {
    const gone = await worker.gone;
    if (fault) throw fault;
    if (end?.kind === 'done') return end;
    if (cancel?.aborted || (end?.kind === 'failed' && end.code === 'cancelled'))
      return { kind: 'nothing-kept' };
    if (end) return end;
    const remedy =
      'Use a smaller --batch or --size, or close other programs, and go on with "falx train --resume ' +
      plan.runId +
      '".';
    return { kind: 'died', error: unexpectedEnd(gone, `training ${plan.runId}`, log, remedy) };
  } finally {
    clearTimeout(grace);
    for (const off of unsubscribe) off();
  }
}

function listen(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => undefined;
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}
