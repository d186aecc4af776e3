import { TrainControl, TrainPlan } from '../contract/packets.ts';
import { failureOf, leave, receive, send } from '../tensorflow/worker-side.ts';
import { train } from './loop.ts';
import type { TrainPacket } from '../contract/packets.ts';
import type { Wishes } from './loop.ts';

/** The trainer process: gets a plan and controls, sends packets, ends. */

const tell = (packet: TrainPacket): void => send(packet);

let wake = (): void => undefined;
const wishes: Wishes = {
  latest: null,
  changed: () => new Promise((resolve) => (wake = resolve)),
};

receive((message: { kind: string; plan?: unknown; control?: unknown }) => {
  if (message.kind === 'control') {
    const control = TrainControl.parse(message.control);
    // Once it is to end, there is nothing to pause any more.
    const ends = wishes.latest === 'stop' || wishes.latest === 'cancel';
    if (!ends || control === 'cancel') wishes.latest = control;
    wake();
  } else if (message.kind === 'plan') void run(TrainPlan.parse(message.plan));
});

async function run(plan: TrainPlan): Promise<void> {
  try {
    await train(plan, wishes, tell);
  } catch (error) {
    tell(failureOf(error));
  }
  await leave();
}
