import { z } from 'zod';
import { byContents } from '../check/check-handlers.ts';
import { decisionKinds, TwinLink } from '../contract/check.ts';
import { Grouping } from '../contract/grouping.ts';
import { Metrics, Run, Split } from '../contract/records.ts';
import { sha256Of } from '../system/hashes.ts';
import { falxVersion } from '../version.ts';
import type { Gathered } from './gather.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** How to reproduce the data, sets and models, and the expected results. It contains no path, patient or scan. */
export const Recipe = z.object({
  format: z.literal('falx-reproduce/1'),
  falx: z.string(),
  dataset: z.object({
    name: z.string(),
    hash: Sha256,
    classes: z.array(z.string()),
    positive: z.string(),
    images: z.int(),
    /** Users' decisions: images by their positions in the order of `byContents`. */
    decisions: z.array(z.object({ kind: z.enum(decisionKinds), places: z.array(z.int()).min(1) })),
    /** Pairs that are probably one scan, found by searches between sets: the two images by their positions. */
    joined: z
      .array(TwinLink.omit({ firstId: true, otherId: true }).extend({ first: z.int(), other: z.int() }))
      .default([]),
  }),
  split: Split.pick({ method: true, seed: true, testFraction: true, validationFraction: true }).extend({
    hash: Sha256,
    grouping: Grouping.nullable(),
    checked: z.boolean(),
    fold: z.object({ index: z.int(), of: z.int() }).nullable(),
    /** Hashes of all folds, in order, if runs are on several; `hash` and `fold` are those of the first. */
    folds: z.array(Sha256).default([]),
  }),
  runs: z.array(
    Run.pick({ network: true, settings: true, weightsSha256: true, versions: true, computedOn: true }).extend(
      {
        id: z.string(),
        /** Index into `split.folds`; null if there is one split. */
        fold: z.int().nullable().default(null),
        /** Hash of its weights. */
        weights: Sha256.nullable(),
        /** On the test set. */
        confusion: Metrics.shape.confusion.nullable(),
        auc: z.number().nullable(),
      },
    ),
  ),
});
export type Recipe = z.infer<typeof Recipe>;

/** With a hash to detect changes: a recipe that was edited by hand is reported. */
export const SealedRecipe = z.object({ recipe: z.unknown(), sha256: Sha256 });

export function recipeOf(of: Gathered, metrics: (runId: string) => Metrics | undefined): string {
  const { dataset, split, splits, folds, runs, images } = of;
  const { certificate, fold } = split;
  const places = new Map(byContents([...images.values()]).map(({ id }, place) => [id, place]));
  const recipe: Recipe = {
    format: 'falx-reproduce/1',
    falx: falxVersion(),
    dataset: {
      name: dataset.name,
      hash: dataset.hash,
      classes: dataset.classes,
      positive: dataset.positive,
      images: images.size,
      decisions: of.decisions.map(({ kind, imageIds }) => ({
        kind,
        places: imageIds.flatMap((id) => places.get(id) ?? []),
      })),
      joined: (of.check.check?.joined ?? [])
        .slice(0, certificate?.searched?.known)
        .flatMap(({ firstId, otherId, ...link }) => {
          const [first, other] = [places.get(firstId), places.get(otherId)];
          return first === undefined || other === undefined ? [] : [{ first, other, ...link }];
        }),
    },
    split: {
      hash: split.hash,
      method: split.method,
      seed: split.seed,
      testFraction: split.testFraction,
      validationFraction: split.validationFraction,
      grouping: certificate?.grouping ?? null,
      checked: certificate !== null && certificate.checked !== null,
      fold: fold && { index: fold.index, of: fold.of },
      folds: folds ? splits.map(({ hash }) => hash) : [],
    },
    runs: runs.map(({ id, splitId, network, settings, weightsSha256, versions, computedOn }) => ({
      id,
      fold: folds ? splits.findIndex((one) => one.id === splitId) : null,
      network,
      settings: withoutPath(settings),
      weightsSha256,
      versions,
      computedOn,
      weights: of.weightsHashes.get(id) ?? null,
      confusion: metrics(id)?.confusion ?? null,
      auc: metrics(id)?.auc ?? null,
    })),
  };
  return `${JSON.stringify({ recipe, sha256: sha256Of(JSON.stringify(recipe)) }, null, 1)}\n`;
}

/** A weight file's path is private, and differs on another machine: its hash identifies it. */
const withoutPath = (settings: Run['settings']): Run['settings'] => ({
  ...settings,
  weights: settings.weights.split(/[\\/]/).at(-1)!,
});
