import { readFileSync } from 'node:fs';
import { TrainPlan, type TrainPacket } from '../../../src-main/contract/packets.ts';
import { train } from '../../../src-main/train/loop.ts';

/** Trains the plan in a file, in this process, with a checkpoint after each epoch, and prints its final report. */
const plan = TrainPlan.parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
const told: TrainPacket[] = [];
await train(
  plan,
  { latest: null, changed: () => new Promise(() => undefined) },
  (packet) => told.push(packet),
  0,
);
const epochs = told.flatMap((packet) => (packet.kind === 'epoch' ? [packet.epoch.trainLoss] : []));
const warnings = told.flatMap((packet) => (packet.kind === 'warning' ? [packet.message] : []));
console.log(JSON.stringify({ end: told.at(-1), epochs, warnings }));
