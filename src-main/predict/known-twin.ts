import { change } from '../check/change.ts';
import { greySquareOf, twinAmong } from '../check/one-twin.ts';
import { notice, type Notice } from '../contract/answers.ts';
import type { FittedRun } from '../evaluate/fitted.ts';
import { derivedFolder } from '../images/derivatives.ts';
import type { Registry } from '../registry/registry.ts';

/** Says so where a scan, as it is or altered, is one that the network was trained on or chosen by. */
export async function knownTwin(
  registry: Registry,
  datasetId: string,
  { twins, fitted }: FittedRun,
  { sha256, grey }: { sha256: string | null; grey: Uint8Array },
): Promise<Notice[]> {
  const { folder } = registry.datasets.get(datasetId);
  const derived = derivedFolder(registry.home);
  const twin = await twinAmong(grey, twins, (id) => greySquareOf(derived, folder, registry.images.get(id)));
  if (twin === null) return [];
  const image = registry.images.get(twin.owner);
  const { mirrored, turned } = change(twin.fit.affine);
  const altered = mirrored ? 'flipped' : turned === 0 ? 'changed' : 'turned';
  return [
    notice('noticeTwin', 'warning', {
      file: image.file,
      part: fitted.twins.validation.includes(image.id) ? 'validation' : 'train',
      how: image.sha256 === sha256 ? 'same' : altered,
      className: image.className,
    }),
  ];
}
