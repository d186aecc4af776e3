import type { Change, CheckRecord, CheckView } from '../contract/check.ts';
import type { Dataset, ImageRecord, Part } from '../contract/records.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';
import { evidenceOf } from './scan-groups.ts';
import { linksByImage, twinGroupsOf } from './twin-groups.ts';
import { checkView, likeness } from './view.ts';

export interface CheckedImage extends Pick<ImageRecord, 'id' | 'file' | 'className' | 'givenPart'> {
  /** Whether a person left it out of splits. */
  dropped: boolean;
}

export interface CheckedTwin extends CheckedImage {
  /** Byte for byte the first of its group. */
  exact: boolean;
  /** Pearson's, of the grey levels once laid over the first; and of the detail inside the head alone. 1 if exact. */
  correlation: number;
  detail: number;
  /** What makes this picture of the first; null if exact, or if only another of the group links it. */
  change: Change | null;
}

/** Images of one scan. */
export interface CheckedGroup {
  first: CheckedImage;
  /** By path. */
  twins: CheckedTwin[];
  /** Not all that were not dropped have the same label. */
  mixedLabels: boolean;
  /** The class folders that images of one class came in, if several were put together as that; else empty. */
  mergedClasses: string[];
  /** The parts they came in, if they came in more than one; else empty. */
  acrossParts: Part[];
  decided: boolean;
}

type Counts = Pick<
  CheckView,
  | 'images'
  | 'mixedImages'
  | 'mergedImages'
  | 'exactDuplicates'
  | 'distinctScans'
  | 'undecided'
  | 'dropped'
  | 'leaked'
  | 'randomLeak'
  | 'patients'
  | 'decisions'
>;

/** A dataset's check as a whole, as decisions have left it. */
export interface Checked extends Counts, Pick<CheckRecord, 'compared' | 'unreadable'> {
  dataset: Dataset;
  check: CheckRecord;
  /** Those that need an eye first: both labels, several merged classes, across parts, then large ones. */
  groups: CheckedGroup[];
  /** Images in a group, the first ones included. */
  imagesWithTwins: number;
  groupsWithMixedLabels: number;
  groupsWithMergedClasses: number;
  groupsAcrossParts: number;
}

/** @param check the dataset's check as the registry has it. */
export function reportOf(registry: Registry, dataset: Dataset, check: CheckRecord): Checked {
  const view = checkView(registry, dataset.id);
  const evidence = evidenceOf(registry, dataset.id);
  const links = linksByImage(evidence);
  const brief = ({ id, file, className, givenPart }: ImageOutline): CheckedImage => ({
    id,
    file,
    className,
    givenPart,
    dropped: evidence.dropped.has(id),
  });
  return {
    dataset,
    check,
    images: view.images,
    exactDuplicates: view.exactDuplicates,
    groups: twinGroupsOf(evidence).map(
      ({ first, others, mixedLabels, mergedClasses, acrossParts, decided }) => ({
        first: brief(first),
        twins: others.map((other) => ({ ...brief(other), ...likeness(first, other, links) })),
        mixedLabels,
        mergedClasses,
        acrossParts,
        decided,
      }),
    ),
    imagesWithTwins: view.imagesInGroups,
    distinctScans: view.distinctScans,
    groupsWithMixedLabels: view.mixedLabels,
    mixedImages: view.mixedImages,
    groupsWithMergedClasses: view.mergedClasses,
    mergedImages: view.mergedImages,
    groupsAcrossParts: view.acrossParts,
    undecided: view.undecided,
    dropped: view.dropped,
    leaked: view.leaked,
    randomLeak: view.randomLeak,
    patients: view.patients,
    decisions: view.decisions,
    compared: check.compared,
    unreadable: check.unreadable,
  };
}
