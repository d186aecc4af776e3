import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSettings } from '../../../src-main/contract/settings.ts';
import { damagedFile, readManifest } from '../../../src-main/train/manifest.ts';
import {
  clearTraining,
  emptyState,
  keepBest,
  readCheckpoints,
  writeBest,
  writeCheckpoint,
} from '../../../src-main/train/run-storage.ts';

/**
 * A trainer without a network: its "weights" are a number, stored by the trainer's own code in the trainer's order. Only
 * TensorFlow's part is replaced, so that each file operation can be tested in seconds.
 */
const folder = process.argv[2]!;
const losses = [0.9, 0.5, 0.7, 0.4, 0.6];
const step = (weights: number, epoch: number): number => (weights * 31 + epoch * 7) % 1009;
const save = (weights: number) => (file: string) => {
  writeFileSync(`${file}.data-00000-of-00001`, `${weights}`.padEnd(64));
  writeFileSync(`${file}.index`, `${weights} is in the other file`);
};
const read = (file: string): number => Number(readFileSync(`${file}.data-00000-of-00001`, 'utf8'));

const manifest = readManifest(folder);
if (typeof manifest !== 'string' && damagedFile(folder, manifest.files) === null) clearTraining(folder);
else {
  const { state: earlier, damaged } = readCheckpoints(folder);
  if (damaged.length > 0) console.log(`damaged: ${damaged.join(', ')}`);
  writeFileSync(join(folder, 'saved_model.pb'), 'the graph');
  let state = earlier ?? emptyState();
  let weights = state.checkpoint === null ? 1 : read(join(folder, state.checkpoint, 'all'));
  while (state.epoch < losses.length) {
    const epoch = state.epoch + 1;
    weights = step(weights, epoch);
    state.epoch = epoch;
    const loss = losses[epoch - 1]!;
    if (state.best === null || loss < state.best.loss)
      state.best = writeBest(folder, epoch, loss, save(weights));
    state = writeCheckpoint(folder, state, save(weights));
  }
  const best = state.best!;
  mkdirSync(join(folder, 'frozen'), { recursive: true });
  writeFileSync(join(folder, 'frozen', 'saved_model.pb'), `${read(join(folder, best.folder, 'variables'))}`);
  const card = {
    falx: 1 as const,
    runId: 'run-stored',
    settings: defaultSettings('mobilenetv2', false, 32),
    classes: ['Healthy', 'Tumour'] as [string, string],
    bestEpoch: best.epoch,
    parameters: 1,
    modelBytes: 4,
  };
  keepBest(folder, best, card, { stoppedEarly: false, stoppedByUser: false, epochs: [] });
}
console.log(existsSync(join(folder, 'variables')) ? read(join(folder, 'variables', 'variables')) : 'nothing');
