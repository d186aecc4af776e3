import { Damage } from '../image-refusals.ts';
import type { DataSet } from './data-set.ts';
import type { Fragment } from './elements.ts';
import { tags } from './tags.ts';

/**
 * The fragments of encapsulated pixel data that make up each frame (PS3.5, A.4): by the extended or basic offset table, otherwise
 * one each, otherwise all for one frame, otherwise up to those that end with the codestream's end marker.
 * @param fragments the basic offset table first.
 * @throws Damage if there are too few, or frames can't be separated.
 */
export function framesOfFragments(
  [table, ...fragments]: readonly Fragment[],
  frames: number,
  set: DataSet,
): Buffer[] {
  if (!table || fragments.length === 0) throw new Damage('faultNoPixelBytes', {});
  const extended = extendedOffsets(set);
  const whole =
    (extended && byExtendedOffsets(fragments, extended)) ??
    byOffsets(fragments, basicOffsets(table.bytes), frames) ??
    byCount(fragments, frames);
  if (whole.length < frames) throw new Damage('faultFramesMissing', { frames, there: whole.length });
  return whole.slice(0, frames);
}

function byCount(fragments: Fragment[], frames: number): Buffer[] {
  if (frames === 1) return [joined(fragments)];
  if (fragments.length <= frames) return fragments.map(({ bytes }) => bytes);
  const found: Buffer[] = [];
  let part: Fragment[] = [];
  for (const fragment of fragments) {
    part.push(fragment);
    // The marker may be followed by padding.
    if (!fragment.bytes.subarray(-10).includes(END_OF_IMAGE)) continue;
    found.push(joined(part));
    part = [];
  }
  if (part.length > 0) found.push(joined(part));
  return found;
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** null without a table, or if it does not match these fragments: some writers fill it wrongly. */
function byOffsets(fragments: Fragment[], offsets: number[], frames: number): Buffer[] | null {
  if (offsets.length < frames) return null;
  const starts = new Set(fragments.map(({ offset }) => offset));
  if (
    offsets[0] !== 0 ||
    !offsets.every((offset, index) => starts.has(offset) && offset > (offsets[index - 1] ?? -1))
  )
    return null;
  return offsets.map((from, index) => {
    const to = offsets[index + 1] ?? Infinity;
    return joined(fragments.filter(({ offset }) => offset >= from && offset < to));
  });
}

function byExtendedOffsets(fragments: Fragment[], { offsets, lengths }: Extended): Buffer[] | null {
  const byOffset = new Map(fragments.map((fragment) => [fragment.offset, fragment.bytes]));
  const found = offsets.map((offset, index) => byOffset.get(offset)?.subarray(0, lengths[index]));
  return found.every((bytes) => bytes !== undefined) ? found : null;
}

interface Extended {
  offsets: number[];
  lengths: number[];
}

function extendedOffsets(set: DataSet): Extended | null {
  const offsets = set.numbers(tags.ExtendedOffsetTable, 'UV');
  const lengths = set.numbers(tags.ExtendedOffsetTableLengths, 'UV');
  return offsets.length > 0 && offsets.length === lengths.length ? { offsets, lengths } : null;
}

const basicOffsets = (table: Buffer): number[] =>
  Array.from({ length: Math.floor(table.length / 4) }, (_, index) => table.readUInt32LE(index * 4));

const joined = (fragments: Fragment[]): Buffer =>
  fragments.length === 1 ? fragments[0]!.bytes : Buffer.concat(fragments.map(({ bytes }) => bytes));
