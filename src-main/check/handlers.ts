import path from 'node:path';
import type { TwinLink } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import { partNames, type Dataset, type ImageRecord, type Part } from '../contract/records.ts';
import { decodersAtOnce } from '../images/decode.ts';
import { greySquare } from '../images/grey.ts';
import { inOrder } from '../images/in-order.ts';
import { withFile } from '../images/read.ts';
import type { Registry } from '../registry/registry.ts';
import { sha256Of } from '../system/hashes.ts';
import { change, type Change } from './change.ts';
import { cutHead, SQUARE } from './head.ts';
import { findTwins, type Picture, type TwinGroup } from './twins.ts';

/** Name and version of the method, to be raised when it would find other twins. */
export const CHECK_METHOD = 'twins-1';

export interface CheckOptions {
  registry: Registry;
  /** Id or name. */
  datasetId: string;
  onProgress?: (step: 'reading' | 'comparing', done: number, total: number) => void;
  /** Stops the check. */
  signal?: AbortSignal | undefined;
}

export interface CheckedImage {
  file: string;
  className: string;
  givenPart: Part | null;
}

export interface CheckedTwin extends CheckedImage {
  /** Byte for byte the first of its group. */
  exact: boolean;
  /** Pearson's, of the grey levels once laid over the first; and of the detail inside the head alone. 1 if exact. */
  correlation: number;
  detail: number;
  /** What makes this picture of the first; null if exact. */
  change: Change | null;
}

/** Images of one scan: each of `twins` was compared with `first` itself. */
export interface CheckedGroup {
  first: CheckedImage;
  twins: CheckedTwin[];
  /** Not all have the same label. */
  mixedLabels: boolean;
  /** The parts its images came in, if they came in more than one; else empty. */
  acrossParts: Part[];
}

export interface Checked {
  dataset: Dataset;
  images: number;
  /** Images less distinct SHA-256. */
  exactDuplicates: number;
  /** Largest first. */
  groups: CheckedGroup[];
  /** Images in a group, the first ones included; and how many scans there are when a group counts as one. */
  imagesWithTwins: number;
  distinctScans: number;
  groupsWithMixedLabels: number;
  groupsAcrossParts: number;
  /** Pairs that were laid over each other. */
  compared: number;
  /** Files that changed or vanished since import; they were left out. */
  unreadable: { file: string; reason: string }[];
}

/**
 * Looks for twins in a dataset: images that are one scan, exact or altered as `findTwins` says. Reads every file
 * anew and stores what it found in place of an earlier check; decisions stay.
 * @throws FalxError `not-found`; `bad-dataset` when no file can be read; `cancelled`.
 */
export async function checkDataset({
  registry,
  datasetId,
  onProgress,
  signal,
}: CheckOptions): Promise<Checked> {
  const began = performance.now();
  const dataset = registry.dataset(datasetId);
  const images = registry.images(dataset.id);
  const stop = () => {
    if (signal?.aborted)
      throw new FalxError('cancelled', 'The check was cancelled.', { dataset: dataset.id });
  };
  const pictures: Picture[] = [];
  const unreadable: Checked['unreadable'] = [];
  let done = 0;
  for await (const read of inOrder(images, 2 * decodersAtOnce, (image) => pictureOf(dataset, image))) {
    stop();
    if ('reason' in read) unreadable.push(read);
    else pictures.push(read);
    onProgress?.('reading', ++done, images.length);
  }
  if (pictures.length === 0) throw nothingLeft(dataset, unreadable);
  const { groups, compared } = await findTwins(
    pictures,
    (index, total) => onProgress?.('comparing', index, total),
    () => new Promise<void>((resolve) => setImmediate(resolve)).then(stop),
  );
  registry.checks.put(
    {
      datasetId: dataset.id,
      datasetHash: dataset.hash,
      created: new Date().toISOString(),
      method: CHECK_METHOD,
      images: images.length,
      compared,
      seconds: (performance.now() - began) / 1000,
      unreadable,
    },
    groups.flatMap(linksOf),
  );

  const byId = new Map(images.map((image) => [image.id, image]));
  const shown = groups.map(({ first, others }): CheckedGroup => {
    const twins = others.map(({ id, fit }): CheckedTwin => ({
      ...brief(byId.get(id)!),
      exact: fit === null,
      correlation: fit?.grey ?? 1,
      detail: fit?.detail ?? 1,
      change: fit && change(fit.affine),
    }));
    const all = [brief(byId.get(first)!), ...twins];
    const parts = partNames.filter((part) => all.some(({ givenPart }) => givenPart === part));
    return {
      first: all[0]!,
      twins,
      mixedLabels: new Set(all.map(({ className }) => className)).size > 1,
      acrossParts: parts.length > 1 ? parts : [],
    };
  });
  const twins = shown.reduce((sum, group) => sum + group.twins.length, 0);
  return {
    dataset,
    images: images.length,
    exactDuplicates: images.length - new Set(images.map(({ sha256 }) => sha256)).size,
    groups: shown,
    imagesWithTwins: twins + shown.length,
    distinctScans: pictures.length - twins,
    groupsWithMixedLabels: shown.filter(({ mixedLabels }) => mixedLabels).length,
    groupsAcrossParts: shown.filter(({ acrossParts }) => acrossParts.length > 0).length,
    compared,
    unreadable,
  };
}

/** Each picture of a group with the first one, which it was laid over. */
const linksOf = ({ first, others }: TwinGroup): TwinLink[] =>
  others.map(({ id, fit }) => ({
    firstId: first,
    otherId: id,
    correlation: fit?.grey ?? 1,
    detail: fit?.detail ?? 1,
    change: fit && change(fit.affine),
  }));

/** A file that is not what was imported is named instead. */
async function pictureOf(
  dataset: Dataset,
  { id, file, sha256 }: ImageRecord,
): Promise<Picture | Checked['unreadable'][number]> {
  try {
    const grey = await withFile(path.join(dataset.folder, file), file, async (input) =>
      sha256Of(input) === sha256 ? greySquare(input, file, SQUARE) : null,
    );
    return grey
      ? { id, sha256, head: cutHead(grey) }
      : { file, reason: 'It has changed since it was imported.' };
  } catch (error) {
    if (!(error instanceof FalxError)) throw error;
    return { file, reason: (error.facts['reason'] as string | undefined) ?? error.message };
  }
}

const brief = ({ file, className, givenPart }: ImageRecord): CheckedImage => ({ file, className, givenPart });

function nothingLeft(dataset: Dataset, unreadable: Checked['unreadable']): FalxError {
  return new FalxError(
    'bad-dataset',
    `None of the ${unreadable.length} images of "${dataset.name}" can be read any more` +
      `${unreadable[0] ? `; the first, "${unreadable[0].file}": ${unreadable[0].reason}` : '.'} ` +
      `See whether "${dataset.folder}" is still there, or import its new place.`,
    { dataset: dataset.id, folder: dataset.folder },
  );
}
