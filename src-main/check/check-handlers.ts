import type { CheckRecord, TwinLink } from '../contract/check.ts';
import { FalxError, leftOut, messageOfWorded } from '../contract/errors.ts';
import type { Dataset, ImageRecord } from '../contract/records.ts';
import { derivativeOf, DERIVED_AT_ONCE } from '../import/derived.ts';
import { inOrder } from '../images/in-order.ts';
import type { Registry } from '../registry/registry.ts';
import { changeOf } from './change.ts';
import { Pictures } from './pictures.ts';
import { volumeOf } from './scan-groups.ts';
import { CHECK_METHOD } from './methods.ts';
import { reportOf, type Checked } from './report.ts';
import { findTwins, type TwinGroup } from './twins.ts';

/** uint8 [SQUARE, SQUARE]. */
type Read = { id: number; sha256: string; grey: Uint8Array };
type Unreadable = CheckRecord['unreadable'][number];

export interface CheckOptions {
  registry: Registry;
  /** Id or name. */
  datasetId: string;
  onProgress?: (step: 'reading' | 'comparing', done: number, total: number) => void;
  /** Stops the check. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks for twins in a dataset: images that are one scan, exact or altered as `findTwins` says. Reads what came
 * of each at the import, or the file where that is gone, and stores what it found in place of an earlier check; decisions stay.
 * @returns what was found, as decisions have left it.
 * @throws FalxError `not-found`; `bad-dataset` when no file can be read; `cancelled`.
 */
export async function checkDataset({
  registry,
  datasetId,
  onProgress,
  signal,
}: CheckOptions): Promise<Checked> {
  const began = performance.now();
  const dataset = registry.datasets.get(datasetId);
  const listed = registry.images.list(dataset.id);
  const images = byContents(listed);
  const stop = () => {
    if (signal?.aborted) throw new FalxError('checkCancelled', { dataset: dataset.id });
  };
  const pictures = new Pictures();
  const unreadable: Unreadable[] = [];
  let done = 0;
  for await (const read of inOrder(images, DERIVED_AT_ONCE, (image) => pictureOf(registry, dataset, image))) {
    stop();
    if ('reason' in read) unreadable.push(read);
    else pictures.add(read.id, read.sha256, read.grey);
    onProgress?.('reading', ++done, images.length);
  }
  const places = new Map(listed.map(({ file }, place) => [file, place]));
  unreadable.sort((a, b) => places.get(a.file)! - places.get(b.file)!);
  if (pictures.copies.length === 0) throw nothingLeft(dataset, unreadable);
  const { groups, compared } = await findTwins(pictures, {
    onProgress: (index, total) => onProgress?.('comparing', index, total),
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)).then(stop),
  });
  const record: CheckRecord = {
    datasetId: dataset.id,
    datasetHash: dataset.hash,
    created: new Date().toISOString(),
    method: CHECK_METHOD,
    images: images.length,
    compared,
    seconds: (performance.now() - began) / 1000,
    unreadable,
  };
  const byId = new Map(images.map((image) => [image.id, image]));
  const links = groups
    .flatMap(linksOf)
    .filter(
      ({ firstId, otherId, change }) =>
        change === null || !ofOneVolume(byId.get(firstId)!, byId.get(otherId)!),
    );
  registry.checks.put(record, links);
  return reportOf(registry, dataset, record);
}

/**
 * The check of a dataset as it is: the stored one where the same method made it of the same images, else a new one.
 * @param again looks anew in any case. @throws FalxError as `checkDataset`.
 */
export async function currentCheck({
  again = false,
  ...options
}: CheckOptions & { again?: boolean }): Promise<{ checked: Checked; isNew: boolean }> {
  const { registry } = options;
  const dataset = registry.datasets.get(options.datasetId);
  const stored = registry.checks.record(dataset.id);
  // What could not be read then may be there again.
  const isCurrent =
    stored?.datasetHash === dataset.hash && stored.method === CHECK_METHOD && stored.unreadable.length === 0;
  if (isCurrent && !again) return { checked: reportOf(registry, dataset, stored), isNew: false };
  return { checked: await checkDataset(options), isNew: true };
}

/**
 * In an order that is the same wherever the same images were imported: what is found must not depend on how files are called,
 * which decides the order of their ids.
 */
export const byContents = <I extends Pick<ImageRecord, 'sha256' | 'file'>>(images: readonly I[]): I[] =>
  images.toSorted((a, b) =>
    a.sha256 === b.sha256 ? (a.file < b.file ? -1 : 1) : a.sha256 < b.sha256 ? -1 : 1,
  );

/** Each picture of a group with the first one, which it was laid over. */
const linksOf = ({ first, others }: TwinGroup): TwinLink[] =>
  others.map(({ id, fit }) => ({
    firstId: first,
    otherId: id,
    correlation: fit?.grey ?? 1,
    detail: fit?.detail ?? 1,
    change: fit && changeOf(fit),
  }));

/** Slices that lie side by side look alike, but are no twins: their patient or volume keeps them together. */
function ofOneVolume(one: ImageRecord, other: ImageRecord): boolean {
  const volume = ({ file, frame, facts }: ImageRecord) =>
    volumeOf({ file, frame, series: facts?.['series']?.toString() ?? null });
  return volume(one) !== null && volume(one) === volume(other);
}

/** A file that is not what was imported is named instead. */
export async function pictureOf(
  registry: Registry,
  dataset: Dataset,
  image: ImageRecord,
): Promise<Read | Unreadable> {
  const { id, file, sha256 } = image;
  try {
    const { grey } = await derivativeOf(registry, dataset, image);
    return { id, sha256, grey };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { file, ...leftOut(error) };
  }
}

/** @param unreadable all its images. */
function nothingLeft(dataset: Dataset, unreadable: readonly Unreadable[]): FalxError {
  const [first] = unreadable as [Unreadable];
  return new FalxError('datasetUnreadable', {
    dataset: dataset.id,
    name: dataset.name,
    count: unreadable.length,
    folder: dataset.folder,
    first: first.file,
    reason: messageOfWorded({ message: first.reason, facts: first.facts ?? null }),
  });
}
