import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { KerasChoices, KerasLook } from '../contract/keras-import.ts';
import { networkTitle } from '../contract/networks.ts';
import { IMPORTED_SPLIT, type Dataset, type Run, type Split } from '../contract/records.ts';
import { defaultSettings, type TrainingSettings } from '../contract/settings.ts';
import { lookAtKeras } from '../convert/from-keras/look.ts';
import type { ForeignReply, ForeignTask } from '../convert/from-keras/task.ts';
import { Predictor } from '../inference/predictor.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { hashOfFile, sha256Of } from '../system/hashes.ts';
import { runTaskInWorker } from '../tensorflow/one-task.ts';
import { newRun } from '../train/new-run.ts';

export type ImportKerasOptions = {
  registry: Registry;
  file: string;
  /** Base name of the file that the user gave, which may contain `file`. */
  name: string;
  choices: KerasChoices;
  signal?: AbortSignal | undefined;
};

/**
 * Imports a Keras model of one of the networks as a run that predicts. Its training and test data are unknown: dataset and split
 * are created as names without images.
 * @throws FalxError `bad-weights` naming a layer that is not supported, `bad-usage` a choice that is missing or wrong.
 */
export async function importKeras({
  registry,
  file,
  name,
  choices,
  signal,
}: ImportKerasOptions): Promise<Run> {
  const { classes, positive } = choices;
  if (classes[0] === classes[1] || !classes.includes(positive))
    throw new FalxError('kerasClasses', { file: name });
  const scratch = await mkdtemp(path.join(tmpdir(), 'falx-keras-'));
  try {
    const look = await lookAtKeras(file, name);
    const scaling = choices.scaling ?? (look.scales ? 'none' : undefined);
    if (scaling === undefined) throw new FalxError('kerasScaling', { file: name, network: look.network });
    signal?.throwIfAborted();
    const sha256 = await hashOfFile(file, 'sha256');
    const id = newId('run');
    const positiveFirst = positive === classes[0];
    const negative = classes[positiveFirst ? 1 : 0];
    const wanted = { registry, file, name, scratch, signal, id, choices: { scaling, positiveFirst } };
    const settings = settingsOf(look, { file: name, sha256 });
    const imported = await written({ ...wanted, settings, classes: [negative, positive] });
    const run = recordsOf(registry, { id, name, look, settings: imported, sha256, classes, positive });
    try {
      // Reads the weights back.
      await (await Predictor.open(run.run, registry.home, { signal })).close();
      signal?.throwIfAborted();
      registry.transaction(() => {
        registry.datasets.add(run.dataset, [], []);
        registry.splits.addStored(run.split, []);
        registry.runs.add(run.run);
      });
    } catch (error) {
      await rm(run.run.folder, { recursive: true, force: true });
      throw error;
    }
    return registry.runs.get(id);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The training settings are unknown: placeholders are stored. */
function settingsOf(
  look: KerasLook | Omit<KerasLook, 'labels'>,
  { file, sha256 }: { file: string; sha256: string },
): TrainingSettings {
  return {
    ...defaultSettings(look.network, true, look.imageSize),
    weights: 'none',
    batchNorm: 'inference',
    imported: { file, sha256, keras: null, width: look.width, rescaling: null, head: [] },
  };
}

type Wanted = {
  registry: Registry;
  file: string;
  name: string;
  scratch: string;
  signal: AbortSignal | undefined;
  id: string;
  choices: ForeignTask['choices'];
  settings: TrainingSettings;
  classes: [string, string];
};

/** Writes the run's folder in a process of its own. @returns the settings, with those in which the model differs. */
async function written({
  registry,
  file,
  name,
  scratch,
  signal,
  id,
  choices,
  settings,
  classes,
}: Wanted): Promise<TrainingSettings> {
  const folder = path.join(registry.home, 'runs', id);
  try {
    return await runTaskInWorker<ForeignReply, TrainingSettings>({
      module: new URL('../convert/from-keras/import-worker.ts', import.meta.url),
      work: { work: 'importing', of: name, log: path.join(registry.home, 'logs', `import-${id}.log`) },
      task: {
        file,
        name,
        folder,
        scratch,
        choices,
        card: { falx: 1, runId: id, settings, classes, bestEpoch: 1 },
      } satisfies ForeignTask,
      resultIn: (reply) => reply.settings,
      signal,
      cancelled: () => new FalxError('kerasCancelled', { file: name }),
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

type Imported = {
  id: string;
  name: string;
  look: Omit<KerasLook, 'labels'>;
  settings: TrainingSettings;
  sha256: string;
  classes: readonly [string, string];
  positive: string;
};

function recordsOf(
  { home }: Registry,
  { id, name, look, settings, sha256, classes, positive }: Imported,
): { dataset: Dataset; split: Split; run: Run } {
  const created = new Date().toISOString();
  const dataset: Dataset = {
    id: newId('ds'),
    name,
    folder: '',
    created,
    classes: [...classes],
    positive,
    hash: sha256Of(''),
    removed: null,
  };
  const split: Split = {
    id: newId('sp'),
    datasetId: dataset.id,
    created,
    method: IMPORTED_SPLIT,
    seed: 0,
    testFraction: 0,
    validationFraction: 0,
    hash: sha256Of(''),
    certificate: null,
    fold: null,
    removed: null,
  };
  const given = { splitId: split.id, settings, datasetHash: dataset.hash, splitHash: split.hash };
  const run: Run = {
    ...newRun(home, given, id),
    status: 'done',
    created,
    weightsSha256: sha256,
    name: `${networkTitle(look.network)}, ${name}`.slice(0, 200),
  };
  return { dataset, split, run };
}
