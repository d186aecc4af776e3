import { mkdirSync } from 'node:fs';
import type { TrainingSettings } from '../../contract/settings.ts';
import { readKerasWeights } from '../../networks/weights/read-keras-weights.ts';
import { failureOf, leave, receive, send } from '../../tensorflow/worker-side.ts';
import { Engine } from '../../train/engine.ts';
import { writeFrozen } from '../../train/frozen.ts';
import { keepBest, onDisk, writeBest, type ModelCard } from '../../train/run-storage.ts';
import { foreignModel } from './foreign-model.ts';
import type { ForeignReply, ForeignTask } from './task.ts';

/** The process that writes a Keras model as the model of a run: TensorFlow stores its weights. */

receive(
  (task: ForeignTask) =>
    void write(task)
      .then((settings): ForeignReply => ({ kind: 'done', settings }), failureOf)
      .then(async (reply) => {
        send(reply);
        await leave();
      }),
);

async function write({ file, name, folder, card, choices, scratch }: ForeignTask): Promise<TrainingSettings> {
  const read = await readKerasWeights(file, name, scratch);
  const { values, parts } = foreignModel(read, choices);
  const settings: TrainingSettings = {
    ...card.settings,
    imported: { ...card.settings.imported!, ...parts, keras: read.version },
  };
  onDisk(folder, () => mkdirSync(folder, { recursive: true }));
  const engine = new Engine(folder, settings, []);
  try {
    engine.assign(values);
    const parameters = engine.model.parameters.reduce(
      (sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1),
      0,
    );
    const whole: ModelCard = { ...card, settings, parameters, modelBytes: 4 * parameters };
    const best = onDisk(folder, () => writeBest(folder, 1, 0, (to) => engine.save(to, 'model')));
    const frozen = engine.frozenWeights();
    onDisk(folder, () => writeFrozen(folder, settings, frozen));
    keepBest(folder, best, whole, { stoppedEarly: false, stoppedByUser: false, epochs: [] });
    return settings;
  } finally {
    engine.close();
  }
}
