import { evidenceIn } from '../check/scan-groups.ts';
import type { Run } from '../contract/records.ts';
import type { TrainingSettings } from '../contract/settings.ts';
import type { Registry } from '../registry/registry.ts';
import { divisible, type Group } from '../split/divisible-groups.ts';
import { randomFrom } from '../statistics/random.ts';
import type { Steps } from '../system/steps.ts';

/** A run's share of its split's training set. */
export type TrainShare = {
  images: ReadonlySet<number>;
  /** Number of groups (scans or patients) in it. */
  groups: number;
};

type ShareSettings = Pick<TrainingSettings, 'trainShare' | 'seed'>;

/** The training images of a run with these settings: as `shareIn`. */
export function* trainShareOf(
  registry: Registry,
  splitId: string,
  settings: ShareSettings,
): Steps<TrainShare> {
  return shareIn(yield* trainingGroupsOf(registry, splitId), settings);
}

/**
 * A run's training images, as stored when its training started; otherwise by its settings.
 * @param groups its split's training set, from `trainingGroupsOf`.
 */
export function trainedOn(
  registry: Registry,
  groups: readonly Group[],
  { id, settings }: Pick<Run, 'id' | 'settings'>,
): TrainShare {
  const images = registry.trainingShares.get(id);
  if (images === null) return shareIn(groups, settings);
  return {
    images,
    groups: groups.filter((group) => group.images.some((image) => images.has(image.id))).length,
  };
}

/** A split's training set, in groups that stay together. */
export function* trainingGroupsOf(registry: Registry, splitId: string): Steps<Group[]> {
  const split = registry.splits.get(splitId);
  const dataset = registry.datasets.get(split.datasetId);
  const evidence = yield* evidenceIn(registry, dataset.id);
  const training = new Set(
    registry.parts.list(splitId).flatMap(({ imageId, part }) => (part === 'train' ? [imageId] : [])),
  );
  const { groups } = yield* divisible(
    evidence,
    dataset,
    split.certificate?.grouping ?? { by: 'none' },
    false,
  );
  const inTraining = groups.flatMap((group) => {
    const images = group.images.filter(({ id }) => training.has(id));
    return images.length > 0 ? [{ ...group, images }] : [];
  });
  // What was dropped since the split was made is still in its training set.
  const known = new Set(inTraining.flatMap(({ images }) => images.map(({ id }) => id)));
  const alone = evidence.images
    .filter(({ id }) => training.has(id) && !known.has(id))
    .map((image): Group => ({ className: image.className, counts: [], images: [image] }));
  return [...inTraining, ...alone];
}

/**
 * A share of a training set: whole groups, with the same share of images in each class as nearly as its groups allow and at least
 * one group. The order of groups is drawn from the seed and their contents, so that a larger share includes a smaller one of the
 * same seed, wherever the files are.
 */
export function shareIn(groups: readonly Group[], { trainShare, seed }: ShareSettings): TrainShare {
  const byClass = [...Map.groupBy(groups, ({ className }) => className).values()];
  const taken = byClass.flatMap((ofClass) => shareOf(ofClass, trainShare, seed));
  return {
    images: new Set(taken.flatMap(({ images }) => images.map(({ id }) => id))),
    groups: taken.length,
  };
}

function shareOf(groups: readonly Group[], share: number, seed: number): Group[] {
  if (share === 1) return [...groups];
  const ordered = groups
    .map((group) => {
      const key = group.images.reduce((least, { sha256 }) => (sha256 < least ? sha256 : least), '~');
      return { group, key, place: randomFrom(seed, `training share ${key}`)() };
    })
    .sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1))
    .map(({ group }) => group);
  const wanted = share * groups.reduce((sum, { images }) => sum + images.length, 0);
  let count = 0;
  const end = ordered.findIndex(({ images }) => {
    // The next group is added as long as it brings the count closer.
    if (count > 0 && count + images.length / 2 > wanted) return true;
    count += images.length;
    return false;
  });
  return end < 0 ? ordered : ordered.slice(0, end);
}
