import type { TrainingSettings } from '../../contract/settings.ts';
import type { ModelCard } from '../../train/run-storage.ts';
import type { ForeignChoices } from './foreign-model.ts';

/** Request to the process that writes a Keras model as a run's. */
export type ForeignTask = {
  file: string;
  /** Used in messages. */
  name: string;
  /** The run's folder, which does not exist yet. */
  folder: string;
  /** The number of parameters, their bytes, and the differences from the network's own are determined when it is written. */
  card: Omit<ModelCard, 'parameters' | 'modelBytes'>;
  choices: ForeignChoices;
  scratch: string;
};

export type ForeignReply =
  /** @property settings the card's, with the model's differences. */
  | { kind: 'done'; settings: TrainingSettings }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };
