import type { TwinLink } from '../contract/check.ts';
import type { ImageOutline } from '../registry/checks.ts';
import { forEachInSteps, type Steps } from '../system/steps.ts';
import { isAsItWas } from './change.ts';
import { areNumberedNext, seriesOf } from './numbered.ts';

/** Least share of the files of a series, and least number, that lie beside another by their pixels where the series is a volume. */
const SHARE = 0.1;
const LEAST = 3;

/**
 * Series of numbered files that are volumes saved slice by slice: many pairs with near numbers are marked as neighbouring slices.
 * Measured: 0.13 of a volume's files and more, 0.01 and less of two datasets of separate scans.
 * @param links pairs of `images`, by id; `places` has the place of each id.
 */
export function* savedVolumes(
  images: readonly ImageOutline[],
  places: ReadonlyMap<number, number>,
  links: readonly TwinLink[],
): Steps<Set<string>> {
  const fileOf = (id: number): string => images[places.get(id)!]!.file;
  const marked = new Map<string, number>();
  yield* forEachInSteps(links, ({ firstId, otherId, change }) => {
    if (change?.nextSlice !== true) return;
    const [one, other] = [fileOf(firstId), fileOf(otherId)];
    const series = seriesOf(one);
    if (series !== null && series === seriesOf(other) && areNumberedNext(one, other))
      marked.set(series, (marked.get(series) ?? 0) + 1);
  });
  const candidates = new Map(
    [...marked].filter(([, pairs]) => pairs >= LEAST).map(([series]) => [series, 0]),
  );
  if (candidates.size > 0)
    yield* forEachInSteps(images, ({ file }) => {
      const series = seriesOf(file);
      const files = series === null ? undefined : candidates.get(series);
      if (files !== undefined) candidates.set(series!, files + 1);
    });
  return new Set(
    [...candidates].flatMap(([series, files]) => (marked.get(series)! >= SHARE * files ? [series] : [])),
  );
}

/** Whether both are of one series that is a volume. */
export function areOfVolume(one: string, other: string, volumes: ReadonlySet<string>): boolean {
  if (volumes.size === 0) return false;
  const series = seriesOf(one);
  return series !== null && volumes.has(series) && series === seriesOf(other);
}

/** Links in which slices of a saved volume that lie alike and are numbered near are marked as neighbours, though their pixels agree too well. */
export function* withNextSlices(
  images: readonly ImageOutline[],
  places: ReadonlyMap<number, number>,
  links: readonly TwinLink[],
  volumes: ReadonlySet<string>,
): Steps<TwinLink[]> {
  const marked: TwinLink[] = [];
  yield* forEachInSteps(links, (link) => {
    const { firstId, otherId, change } = link;
    const [one, other] = [images[places.get(firstId)!]!.file, images[places.get(otherId)!]!.file];
    const isNext =
      change !== null && isAsItWas(change) && areOfVolume(one, other, volumes) && areNumberedNext(one, other);
    marked.push(isNext ? { ...link, change: { ...change, nextSlice: true } } : link);
  });
  return marked;
}
