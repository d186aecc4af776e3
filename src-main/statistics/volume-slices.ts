import { frameInName, type Prediction } from '../contract/records.ts';

/** Fewest slices that make a volume of a series. */
export const FEWEST_SLICES = 3;

/** How far the distance between two slices may be from the usual one, as a fraction of it. */
const UNEVEN = 0.1;

/** Distances between slices. @param heights of two slices or more, mm, rising. */
export function gapsOf(heights: readonly number[]): { least: number; most: number; even: boolean } {
  const gaps = heights.slice(1).map((height, index) => height - heights[index]!);
  const usual = gaps.toSorted((one, other) => one - other)[gaps.length >> 1]!;
  const [least, most] = [Math.min(...gaps), Math.max(...gaps)];
  return {
    least,
    most,
    even: least > 0 && least >= usual * (1 - UNEVEN) && most <= usual * (1 + UNEVEN),
  };
}

type Sliced = Pick<Prediction, 'file' | 'slice'>;

/** A volume with its slices in their order. Of a series in several files these lie from one end to the other. */
export type SlicedVolume<T> = { slices: T[]; isSeries: boolean };

/**
 * The volumes that pictures are slices of: files of several pictures, and DICOM series of a file a slice. Of a series all slices must be
 * there, as even distances show: neighbours that are none would be counted as such. Where it has several contrasts, each makes a volume.
 */
export function volumesAmong<T extends Sliced>(pictures: readonly T[]): SlicedVolume<T>[] {
  const ofFiles = Map.groupBy(
    pictures.filter(({ file }) => frameInName.test(file)),
    ({ file }) => file.replace(frameInName, ''),
  );
  const ofSeries = Map.groupBy(
    pictures.filter(({ slice }) => slice),
    ({ slice }) => slice!.series,
  );
  return [
    ...[...ofFiles.values()].map((slices) => ({ slices, isSeries: false })),
    ...[...ofSeries.values()].flatMap(stacksOf).map((slices) => ({ slices, isSeries: true })),
  ];
}

/** A scanner may count something of its own as a contrast slice by slice: it parts nothing that is even without it. */
function stacksOf<T extends Sliced>(pictures: readonly T[]): T[][] {
  const whole = stackOf(pictures);
  if (whole) return [whole];
  return [...Map.groupBy(pictures, ({ slice }) => slice!.contrast).values()].flatMap((some) => {
    const stack = stackOf(some);
    return stack ? [stack] : [];
  });
}

function stackOf<T extends Sliced>(pictures: readonly T[]): T[] | null {
  if (pictures.length < FEWEST_SLICES) return null;
  const stack = pictures.toSorted((one, other) => one.slice!.at - other.slice!.at);
  return gapsOf(stack.map(({ slice }) => slice!.at)).even ? stack : null;
}
