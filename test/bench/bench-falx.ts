import { defaultSettings, noAugmentation } from '../../src-main/contract/settings.ts';
import { initialValue } from '../../src-main/networks/initial.ts';
import { writeFrozen } from '../../src-main/train/frozen.ts';
import { Engine } from '../../src-main/train/engine.ts';
import type { TrainingSettings } from '../../src-main/contract/settings.ts';
import type { Parameter } from '../../src-main/networks/parameters.ts';
import type { Work } from './child.ts';

/** The work shared by all sides, in Falx's settings: Adam, batch statistics, no randomness. */
export function benchSettings({ network, batch, size }: Work): TrainingSettings {
  return {
    ...defaultSettings(network, false, size),
    batchSize: batch,
    batchNorm: 'batch',
    optimiser: 'adam',
    learningRate: 1e-4,
    l2: 0,
    dropout: 0,
    augmentation: noAugmentation,
  };
}

/** Write the graph that predicts, folded, as a run leaves it below `folder`. */
export function writePredictor(folder: string, work: Work): void {
  const settings = benchSettings(work);
  const engine = new Engine(folder, settings, []);
  engine.assign(startingNumbers(engine.model.parameters));
  writeFrozen(folder, settings, engine.frozenWeights());
  engine.close();
}

export const startingNumbers = (parameters: readonly Parameter[]): Map<string, Float32Array> =>
  new Map(parameters.map((parameter) => [parameter.key, initialValue(parameter, 7)]));

/** Number of parameters in a network. */
export const countOf = (parameters: readonly Parameter[]): number =>
  parameters.reduce((sum, { shape }) => sum + shape.reduce((n, m) => n * m, 1), 0);
