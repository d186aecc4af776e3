import type { DataSet } from './data-set.ts';
import { grouped, type FunctionalGroups } from './functional-groups.ts';
import { lookedUp, readLut, type Lut } from './lut.ts';
import { tags } from './tags.ts';

/** The values of interest (PS3.3, C.11.2): a table, or a window and its function. */
export type Voi =
  | { kind: 'lut'; lut: Lut }
  | { kind: 'window'; centre: number; width: number; shape: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' };

/**
 * A file's first one for a frame (from 1), a table before a window, as pydicom's `apply_voi_lut` chooses; null if it has none, or a
 * window without width.
 * @throws Damage
 */
export function voiOf(set: DataSet, groups: FunctionalGroups, frame: number, signed: boolean): Voi | null {
  const item = set.items(tags.VOILUTSequence)[0];
  if (item?.element(tags.LUTDescriptor) && item.element(tags.LUTData))
    return { kind: 'lut', lut: readLut(item, signed) };
  const from = grouped(groups, frame, tags.FrameVOILUTSequence) ?? set;
  const centre = from.number(tags.WindowCenter, 'DS');
  const width = from.number(tags.WindowWidth, 'DS');
  const written = from.text(tags.VOILUTFunction)?.toUpperCase();
  const shape = written === 'LINEAR_EXACT' || written === 'SIGMOID' ? written : 'LINEAR';
  if (centre === null || width === null || width <= 0 || (shape === 'LINEAR' && width < 1)) return null;
  return { kind: 'window', centre, width, shape };
}

/** The displayed level of a rescaled value, 0 to 1. */
export function displayed(voi: Voi, value: number): number {
  if (voi.kind === 'lut') return Math.min(1, lookedUp(voi.lut, value) / (2 ** voi.lut.bits - 1));
  const { centre, width, shape } = voi;
  if (shape === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - centre)) / width));
  const [middle, span] = shape === 'LINEAR' ? [centre - 0.5, width - 1] : [centre, width];
  if (value <= middle - span / 2) return 0;
  if (value > middle + span / 2) return 1;
  return (value - middle) / span + 0.5;
}
