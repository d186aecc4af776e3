import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import { scansInSubprocess } from '../images/subprocess.ts';
import type { Predictor } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { mapsOfOne, type MappedScan } from './scan-maps.ts';

/**
 * What a network sees of one picture, and its maps.
 * @param file absolute; one of several pictures as `file#frame`. @param sha256 expected hash.
 * @throws FalxError `not-found` if it is no longer that scan; as `scansInSubprocess`.
 */
export async function preprocessFile(
  registry: Registry,
  run: Run,
  predictor: Predictor,
  { file, sha256 }: { file: string; sha256: string },
): Promise<MappedScan> {
  const { pixels: path } = run.settings;
  const how = { salt: registry.secrets.get('patients'), window: path.window };
  const seen = (await scansInSubprocess(file, path, how)).find((one) => one.sha256 === sha256);
  if (!seen) throw new FalxError('mapScanChanged', { file });
  const { maps } = await predictor.pixels(seen.pixels, 1, { maps: true });
  return { file, sha256, pixels: seen.pixels, placed: seen.placed, maps: mapsOfOne(maps!, 0), covered: null };
}
