import type { DataSet } from './data-set.ts';
import { grouped, type FunctionalGroups } from './functional-groups.ts';
import { lookedUp, readLut, type Lut } from './lut.ts';
import type { Samples } from './samples.ts';
import { tags } from './tags.ts';

/** How stored values become what the scanner measured (PS3.3, C.11.1): a table, a linear function, or unchanged. */
export type Modality =
  { kind: 'lut'; lut: Lut } | { kind: 'rescale'; slope: number; intercept: number } | { kind: 'none' };

/** @param frame from 1. @throws Damage */
export function modalityOf(set: DataSet, groups: FunctionalGroups, frame: number, signed: boolean): Modality {
  const item = set.items(tags.ModalityLUTSequence)[0];
  if (item) return { kind: 'lut', lut: readLut(item, signed) };
  const from = grouped(groups, frame, tags.PixelValueTransformationSequence) ?? set;
  const slope = from.number(tags.RescaleSlope, 'DS');
  const intercept = from.number(tags.RescaleIntercept, 'DS');
  return slope === null || intercept === null ? { kind: 'none' } : { kind: 'rescale', slope, intercept };
}

/** One value, in double precision. */
export function measured(modality: Modality, stored: number): number {
  if (modality.kind === 'none') return stored;
  if (modality.kind === 'lut') return lookedUp(modality.lut, stored);
  return stored * modality.slope + modality.intercept;
}

/** All values; the stored array itself if they are unchanged. */
export function rescaled(modality: Modality, samples: Samples): Samples {
  if (modality.kind === 'none') return samples;
  const values = new Float64Array(samples.length);
  for (let at = 0; at < samples.length; at += 1) values[at] = measured(modality, samples[at]!);
  return values;
}
