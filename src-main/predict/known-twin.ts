import { change } from '../check/change.ts';
import { greySquareOf, twinAmong } from '../check/one-twin.ts';
import { notice, type Notice } from '../contract/answers.ts';
import type { ImageRecord } from '../contract/records.ts';
import type { FittedRun } from '../evaluate/fitted.ts';
import { derivedFolder } from '../images/derivatives.ts';
import type { Registry } from '../registry/registry.ts';

/** A notice if a scan, unchanged or altered, is in the network's training or validation set. */
export async function knownTwin(
  registry: Registry,
  datasetId: string,
  run: FittedRun,
  { sha256, grey }: { sha256: string | null; grey: Uint8Array },
): Promise<Notice[]> {
  const told = (image: ImageRecord, how: 'same' | 'flipped' | 'turned' | 'changed') => [
    notice('noticeTwin', 'warning', {
      file: image.file,
      part: run.fitted.twins.validation.includes(image.id) ? 'validation' : 'train',
      how,
      className: image.className,
    }),
  ];
  // An identical file needs no search.
  const same = sha256 === null ? undefined : knownFiles(registry, datasetId, run).get(sha256);
  if (same !== undefined) return told(registry.images.get(same), 'same');
  const { folder } = registry.datasets.get(datasetId);
  const derived = derivedFolder(registry.home);
  const twin = await twinAmong(grey, run.twins, (id) =>
    greySquareOf(derived, folder, registry.images.get(id)),
  );
  if (twin === null) return [];
  const { mirrored, turned } = change(twin.fit.affine);
  return told(registry.images.get(twin.owner), mirrored ? 'flipped' : turned === 0 ? 'changed' : 'turned');
}

/**
 * Ids of the images of a run's training and validation sets, by SHA-256; the first of several identical ones. Cached as long as the
 * run is.
 */
function knownFiles(registry: Registry, datasetId: string, run: FittedRun): ReadonlyMap<string, number> {
  const kept = files.get(run);
  if (kept) return kept;
  const owners = new Set(run.twins.owners);
  const known = new Map<string, number>();
  for (const { id, sha256 } of registry.images.hashes(datasetId))
    if (owners.has(id) && !known.has(sha256)) known.set(sha256, id);
  files.set(run, known);
  return known;
}

const files = new WeakMap<FittedRun, ReadonlyMap<string, number>>();
