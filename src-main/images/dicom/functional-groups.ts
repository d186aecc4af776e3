import type { DataSet, NumberVr } from './data-set.ts';
import { tags } from './tags.ts';

/** Attributes of an enhanced multi-frame file per frame, and for all (PS3.3, C.7.6.16). */
export interface FunctionalGroups {
  shared: DataSet | null;
  perFrame: DataSet[];
}

/** @throws Damage */
export function functionalGroups(set: DataSet): FunctionalGroups {
  return {
    shared: set.items(tags.SharedFunctionalGroupsSequence)[0] ?? null,
    perFrame: set.items(tags.PerFrameFunctionalGroupsSequence),
  };
}

/** The item of a functional group that applies to a frame (from 1), or null. */
export function grouped(
  { shared, perFrame }: FunctionalGroups,
  frame: number,
  sequence: number,
): DataSet | null {
  return perFrame[frame - 1]?.items(sequence)[0] ?? shared?.items(sequence)[0] ?? null;
}

/** Numbers of a frame: from its functional group, otherwise from the data set itself. */
export function numbersOf(
  set: DataSet,
  groups: FunctionalGroups,
  frame: number,
  [sequence, tag, vr]: readonly [sequence: number, tag: number, vr: NumberVr],
): number[] {
  const own = grouped(groups, frame, sequence)?.numbers(tag, vr) ?? [];
  return own.length > 0 ? own : set.numbers(tag, vr);
}
