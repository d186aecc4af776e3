import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { matchWeights } from '../../networks/weights/match-weights.ts';
import { readKerasWeights } from '../../networks/weights/read-keras-weights.ts';
import { specOf } from '../../networks/weights/spec.ts';
import { writeKerasWeights } from '../../networks/weights/write-keras-weights.ts';
import { writeZip } from '../../system/zip.ts';
import { Engine } from '../../train/engine.ts';
import { headLayer } from '../../train/model.ts';
import type { ModelCard } from '../../train/run-storage.ts';
import { factsText, flatFacts, modelCardText } from '../facts.ts';
import type { Runtime, Writing } from '../runtime.ts';
import { FalxError } from '../../contract/errors.ts';
import { kerasModel } from './layers.ts';

/** The version whose format is written. */
const KERAS = '3.15.1';

/** Only `model.weights.h5`, for an existing model with the same layers. */
export async function writeKerasWeightsFile({ card, facts, target, weights }: Writing): Promise<void> {
  requireOwn(card);
  await writeKerasWeights(target, card.settings.network, weights(), flatFacts(facts));
}

/** Keras's own archive, with the model card beside it. */
export async function writeKeras(writing: Writing): Promise<void> {
  const { card, facts, target } = writing;
  const scratch = await mkdtemp(path.join(tmpdir(), 'falx-keras-'));
  try {
    const weights = path.join(scratch, 'model.weights.h5');
    await writeKerasWeightsFile({ ...writing, target: weights });
    const { network, pixels } = card.settings;
    await writeZip(target, [
      {
        name: 'metadata.json',
        text: JSON.stringify({ keras_version: KERAS, date_saved: dateOf(facts.created) }),
      },
      { name: 'config.json', text: JSON.stringify(kerasModel(network, pixels.imageSize)) },
      { name: 'model.weights.h5', file: weights },
      { name: 'falx.json', text: factsText(facts) },
      { name: 'MODEL_CARD.md', text: modelCardText(facts) },
    ]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws FalxError `bad-run` for an imported model that differs from Falx's own. */
function requireOwn({ runId, settings: { imported } }: ModelCard): void {
  if (imported && (imported.head.length > 0 || imported.rescaling !== null || imported.width !== 1))
    throw new FalxError('importedNoKeras', { run: runId, file: imported.file });
}

/** As Keras writes it: "2026-11-29@18:25:15". */
const dateOf = (iso: string): string => iso.slice(0, 19).replace('T', '@');

/**
 * There is no Keras without Python: the file is read back like any weight file, and its values predict in the network's graph with
 * separate batch normalisation. Keras itself is run in `npm run verify:exports`.
 */
export async function openKeras(target: string, _written: void, { settings }: ModelCard): Promise<Runtime> {
  const weights = await readKerasWeights(target);
  const { values } = matchWeights(weights, specOf(settings.network), settings.network);
  for (const { name, data } of weights.layers.get(headLayer) ?? []) values.set(`${headLayer}/${name}`, data);
  const folder = await mkdtemp(path.join(tmpdir(), 'falx-keras-'));
  const engine = new Engine(folder, settings, []);
  engine.assign(values);
  return {
    title: 'Falx, read again',
    run: (pixels, count) =>
      Promise.resolve(engine.predict(pixels, count).map((logit) => 1 / (1 + Math.exp(-logit)))),
    async close() {
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
