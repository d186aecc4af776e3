import type { TrainingSettings } from '../../contract/settings.ts';
import type { ModelCard } from '../../train/run-storage.ts';
import type { ForeignChoices } from './foreign-model.ts';

/** What the process that writes a Keras model as a run's is asked. */
export type ForeignTask = {
  file: string;
  /** As messages call it. */
  name: string;
  /** The run's, not there yet. */
  folder: string;
  /** Numbers in the model and their bytes are counted when it is written, and what it does otherwise than the network's own. */
  card: Omit<ModelCard, 'parameters' | 'modelBytes'>;
  choices: ForeignChoices;
  scratch: string;
};

export type ForeignReply =
  /** @property settings the card's, with what the model does otherwise. */
  | { kind: 'done'; settings: TrainingSettings }
  | { kind: 'failed'; code: string; message: string; facts?: Record<string, unknown> };
