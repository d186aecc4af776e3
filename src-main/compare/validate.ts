import { groupsAcross } from '../check/across.ts';
import {
  defaultGrouping,
  evidenceOf as groupEvidence,
  groupsOf,
  linksThatHold,
} from '../check/scan-groups.ts';
import { FalxError } from '../contract/errors.ts';
import type { Dataset, ImageRecord, Part, Run } from '../contract/records.ts';
import type { BothUnits, Validation } from '../contract/studies.ts';
import { pixelFile } from '../images/cache.ts';
import { Predictor, requireModel, THRESHOLD } from '../inference/predictor.ts';
import { requireLabels } from '../registry/labelled.ts';
import type { Registry } from '../registry/registry.ts';
import { countInSteps, differenceBetween, perScan, type CountedEvidence } from '../statistics/evidence.ts';
import type { Steps } from '../system/steps.ts';
import type { Computing } from '../tensorflow/environment.ts';
import { dataOf, requireScans, trainingDataOf, type RunData } from '../train/plan.ts';
import { answersOf } from './answers-of.ts';

export type ValidateOptions = Pick<Computing, 'device' | 'threads'> & {
  registry: Registry;
  home: string;
  runIds: readonly string[];
  datasetId: string;
  /** Fraction done, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Has runs predict every image of a dataset that they were not made from, finds by a search for twins over both datasets which of
 * its scans the runs have seen before, and stores both.
 * @throws FalxError `bad-usage` for a run of that very dataset; `bad-dataset` without labels; `bad-run` without a model, or if the
 *   run's own images are on another workstation; `cancelled`.
 */
export async function validateRuns({
  registry,
  home,
  runIds,
  datasetId,
  onProgress,
  signal,
  ...computing
}: ValidateOptions): Promise<void> {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  const dataset = registry.datasets.get(datasetId);
  requireLabels(dataset);
  for (const run of runs) {
    requireModel(run);
    requireScans(registry, run.splitId);
    if (registry.splits.get(run.splitId).datasetId === dataset.id)
      throw new FalxError('validatedOnItself', { run: run.id, dataset: dataset.name });
  }
  const images = registry.images.list(dataset.id);
  const external = { dataset, images, registry };
  /** Fraction of the work, weighted by duration: one search takes as long as one run's answers. */
  const sources = Map.groupBy(runs, ({ splitId }) => registry.splits.get(splitId).datasetId);
  const pieces = sources.size + runs.length;
  let done = 0;
  const piece = (share: number) => onProgress?.((done + share) / pieces);
  for (const [, alike] of sources) {
    const data = dataOf(registry, alike[0]!.splitId);
    const met = await findSeenScans(external, data, piece, signal);
    done += 1;
    for (const run of alike) {
      const { parts } = await trainingDataOf(registry, run);
      const probabilities = await answers(run, external, { home, computing, piece, signal });
      const seen = met.by(partsByImage(data, parts));
      registry.studies.putValidation({
        runId: run.id,
        datasetId: dataset.id,
        created: new Date().toISOString(),
        threshold: THRESHOLD,
        unread: met.unread,
        answers: images.map((image, i) => ({
          imageId: image.id,
          probability: probabilities[i]!,
          ...seen(image, i),
        })),
      });
      done += 1;
    }
  }
  onProgress?.(1);
}

type External = { registry: Registry; dataset: Dataset; images: readonly ImageRecord[] };

async function answers(
  run: Run,
  { dataset, images }: External,
  {
    home,
    computing,
    piece,
    signal,
  }: {
    home: string;
    computing: Pick<Computing, 'device' | 'threads'>;
    piece: (share: number) => void;
    signal: AbortSignal | undefined;
  },
): Promise<Float32Array> {
  const predictor = await Predictor.open(run, home, { ...computing, signal });
  try {
    const { pixels, batchSize } = run.settings;
    const onPixels = (read: number, total: number) => piece((0.5 * read) / total);
    const file = await pixelFile(dataset, images, pixels, home, onPixels, signal);
    const rows = images.map((_, row) => row);
    const { probabilities } = await predictor.rows(file, rows, batchSize);
    if (!probabilities.every((probability) => Number.isFinite(probability)))
      throw new FalxError('runDiverged', { run: run.id });
    return probabilities;
  } finally {
    await predictor.close();
  }
}

const partsByImage = ({ images }: RunData, parts: RunData['parts']): Map<number, Part> =>
  new Map(
    (['train', 'validation', 'test'] as const).flatMap((part) =>
      parts[part].rows.map((row) => [images[row]!.id, part] as const),
    ),
  );

/** Which of the external scans are in a run's own dataset. */
async function findSeenScans(
  { registry, dataset, images }: External,
  own: RunData,
  onProgress: (share: number) => void,
  signal: AbortSignal | undefined,
) {
  const { groups, unread } = await groupsAcross({
    registry,
    sets: [{ dataset, images }, own],
    known: [
      ...pairsWithin(registry, dataset, 0),
      // Twins found within the run's dataset count too, so that a twin of a twin is recognised as seen.
      ...linkedWithin(registry, own, images.length),
    ],
    onProgress,
    signal,
  });
  const ofOwn = (place: number) => own.images[place - images.length]!;
  const members = Map.groupBy(
    Array.from({ length: own.images.length }, (_, i) => images.length + i),
    (place) => groups[place]!,
  );
  return {
    unread: unread.filter((place) => place >= images.length).length,
    /** @param parts set of each image of the own dataset in a split. */
    by: (parts: ReadonlyMap<number, Part>) => (image: ImageRecord, place: number) => {
      const group = groups[place]!;
      const twins = (members.get(group) ?? []).map(ofOwn).filter(({ id }) => parts.has(id));
      const found = new Set(twins.map(({ id }) => parts.get(id)!));
      return {
        group,
        seen: (['train', 'validation', 'test'] as const).find((part) => found.has(part)) ?? null,
        exact: twins.some(({ sha256 }) => sha256 === image.sha256),
      };
    },
  };
}

/** Images that Falx's default grouping of a dataset keeps together: of one patient, of one volume, or twins. */
function* pairsWithin(registry: Registry, { id }: Dataset, from: number): Generator<[number, number]> {
  const { labels } = groupsOf(registry, id, defaultGrouping(registry, id));
  const first = new Map<number, number>();
  for (const [place, label] of labels.entries()) {
    const known = first.get(label);
    if (known === undefined) first.set(label, place);
    else yield [from + known, from + place];
  }
}

/** Only twins: a patient met in training does not make the patient's other scans twins. */
function* linkedWithin(registry: Registry, { dataset }: RunData, from: number): Generator<[number, number]> {
  const evidence = groupEvidence(registry, dataset.id);
  for (const { firstId, otherId } of linksThatHold(evidence))
    yield [from + evidence.places.get(firstId)!, from + evidence.places.get(otherId)!];
}

/** The results of a stored external validation. @throws FalxError `bad-run` if there is none. */
export function* validationInSteps(registry: Registry, runId: string, datasetId: string): Steps<Validation> {
  const stored = registry.studies.validation(runId, datasetId);
  const dataset = registry.datasets.get(datasetId);
  if (!stored) throw new FalxError('notValidated', { run: runId, dataset: dataset.name });
  const run = registry.runs.get(runId);
  const own = registry.datasets.get(registry.splits.get(run.splitId).datasetId);
  const labelOf = new Map(
    registry.images.list(datasetId).map(({ id, className }) => [id, className === dataset.positive ? 1 : 0]),
  );
  const asked = stored.answers.map((answer) => ({ ...answer, label: labelOf.get(answer.imageId)! }));
  const { threshold } = stored;
  const here = function* (some: typeof asked, seed: number) {
    return some.length === 0 ? null : yield* countBoth(some, threshold, seed);
  };
  const [tested] = yield* answersOf(registry, [run]);
  const test = yield* countBoth(tested!, threshold, 7);
  const all = yield* countBoth(asked, threshold, 11);
  const unseen = yield* here(
    asked.filter(({ seen }) => seen === null),
    13,
  );
  const known = yield* here(
    asked.filter(({ seen }) => seen === 'train' || seen === 'validation'),
    17,
  );
  const having = (part: Part | null) => asked.filter(({ seen }) => seen === part).length;
  return {
    runId,
    dataset: { id: dataset.id, name: dataset.name, positive: dataset.positive },
    trainedOn: { id: own.id, name: own.name, positive: own.positive },
    created: stored.created,
    threshold,
    images: asked.length,
    seen: {
      train: having('train'),
      validation: having('validation'),
      test: having('test'),
      unseen: having(null),
    },
    exact: asked.filter(({ exact }) => exact).length,
    unread: stored.unread,
    all: evidenceOf(all),
    unseen: unseen && evidenceOf(unseen),
    known: known && evidenceOf(known),
    test: evidenceOf(test),
    drop: unseen && {
      perScan: differenceBetween(unseen.perScan, test.perScan),
      perImage: differenceBetween(unseen.perImage, test.perImage),
    },
  };
}

type CountedBoth = Record<keyof BothUnits, CountedEvidence>;
type Answered = { group: number; label: number; probability: number };

/** One model's answers, counted per scan and per image. */
function* countBoth(some: readonly Answered[], threshold: number, seed: number): Steps<CountedBoth> {
  const perImage = {
    groups: some.map(({ group }) => group),
    labels: some.map(({ label }) => label),
    models: [Float64Array.from(some, ({ probability }) => probability)],
    thresholds: [threshold],
    seed,
  };
  return {
    perScan: yield* countInSteps({ ...perImage, ...perScan(perImage) }),
    perImage: yield* countInSteps(perImage),
  };
}

const evidenceOf = ({ perScan: scans, perImage }: CountedBoth): BothUnits => ({
  perScan: scans.evidence,
  perImage: perImage.evidence,
});
