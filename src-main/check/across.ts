import type { Dataset, ImageRecord } from '../contract/records.ts';
import { FalxError } from '../contract/errors.ts';
import { DERIVED_AT_ONCE } from '../import/derived.ts';
import { inOrder } from '../images/in-order.ts';
import type { Registry } from '../registry/registry.ts';
import { pictureOf } from './check-handlers.ts';
import { components } from './linked-components.ts';
import { Pictures } from './pictures.ts';
import { findTwins } from './twins.ts';

export type AcrossDatasets = {
  registry: Registry;
  /** Datasets, each with its images. */
  sets: readonly { dataset: Dataset; images: readonly ImageRecord[] }[];
  /** Pairs of places that are of one scan or patient already: in the first set's images, then the next one's. */
  known: Iterable<readonly [number, number]>;
  onProgress?: ((share: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Groups of the same scan over several datasets: the search of Check (`twins.ts`), with all their pictures at once.
 * @returns of each image, in the order of the sets, the number of its group; and the places of pictures that could not be read.
 * @throws FalxError `cancelled`.
 */
export async function groupsAcross({
  registry,
  sets,
  known,
  onProgress,
  signal,
}: AcrossDatasets): Promise<{ groups: Uint32Array; unread: number[] }> {
  const all = sets.flatMap(({ dataset, images }) => images.map((image) => ({ dataset, image })));
  const stop = () => {
    if (signal?.aborted) throw new FalxError('checkCancelled', { dataset: sets[0]!.dataset.id });
  };
  const pictures = new Pictures();
  const unread: number[] = [];
  let place = 0;
  for await (const read of inOrder(all, DERIVED_AT_ONCE, ({ dataset, image }) =>
    pictureOf(registry, dataset, image),
  )) {
    stop();
    if ('reason' in read) unread.push(place);
    else pictures.add(place, read.sha256, read.grey);
    place += 1;
    onProgress?.((0.3 * place) / all.length);
  }
  const { groups } = await findTwins(pictures, {
    onProgress: (done, total) => onProgress?.(0.3 + (0.7 * done) / total),
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)).then(stop),
  });
  const pairs = groups.flatMap(({ first, others }) => others.map(({ id }) => [first, id] as const));
  return { groups: components(all.length, [...known, ...pairs]), unread };
}
