import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { TrainControl, TrainPlan } from '../contract/packets.ts';
import { holdLock } from '../registry/process-lock.ts';
import { failureOf, leave, receive, send } from '../tensorflow/worker-side.ts';
import { train } from './loop.ts';
import type { TrainPacket } from '../contract/packets.ts';
import type { RunControls } from './run-controls.ts';

/** The trainer process: gets a plan and controls, sends packets, ends. */

const tell = (packet: TrainPacket): void => send(packet);

let wake = (): void => undefined;
const controls: RunControls = {
  latest: null,
  changed: () => new Promise((resolve) => (wake = resolve)),
};

receive((message: { kind: string; plan?: unknown; control?: unknown }) => {
  if (message.kind === 'control') {
    const control = TrainControl.parse(message.control);
    // Once it is to end, a pause has no effect.
    const ends = controls.latest === 'stop' || controls.latest === 'cancel';
    if (!ends || control === 'cancel') controls.latest = control;
    wake();
  } else if (message.kind === 'plan') void run(TrainPlan.parse(message.plan));
});

async function run(plan: TrainPlan): Promise<void> {
  const lock = path.join(plan.folder, '.training.lock');
  let release: (() => void) | null = null;
  try {
    release = holdLock(lock, PATIENCE);
    if (release === null) throw trainedElsewhere(plan);
    await train(plan, controls, tell);
  } catch (error) {
    tell(failureOf(error));
  } finally {
    release?.();
  }
  await leave();
}

/** A trainer whose Falx has died ends after its step: how long to wait for it, milliseconds. */
const PATIENCE = 10_000;

const trainedElsewhere = ({ runId, folder }: TrainPlan): FalxError =>
  new FalxError('runFolderHeld', { run: runId, folder });
