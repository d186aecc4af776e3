import { Damage } from '../image-refusals.ts';

export interface Place {
  /** Bytes from the file's start. */
  from: number;
  bytes: number;
  /** Nothing relevant follows; a little more is read so that a wrong checksum is detected. */
  last: boolean;
}

/**
 * Reads one part of a file that arrives in pieces, whose position is determined by the file's beginning.
 * @param start bytes passed to `place`, fewer if the file has fewer.
 * @throws Damage if the file ends before the part does; and what `place` throws.
 */
export async function readPart(
  pieces: AsyncIterable<Buffer>,
  start: number,
  place: (start: Buffer) => Place,
): Promise<Buffer> {
  let beginning = Buffer.alloc(0);
  let part: { at: Place; data: Buffer } | null = null;
  let done = 0;
  const take = (piece: Buffer) => {
    if (part) {
      const { at, data } = part;
      const skip = Math.max(0, at.from - done);
      const into = Math.max(0, done - at.from);
      if (skip < piece.length && into < data.length) piece.copy(data, into, skip);
    }
    done += piece.length;
  };
  const begin = () => {
    const at = place(beginning);
    part = { at, data: Buffer.alloc(at.bytes) };
    take(beginning);
  };
  for await (const piece of pieces) {
    if (part) take(piece);
    else {
      beginning = Buffer.concat([beginning, piece]);
      if (beginning.length >= start) begin();
    }
    if (part && done >= endOf(part)) break;
  }
  if (!part) begin();
  const { at, data } = part!;
  if (done < at.from + at.bytes) throw new Damage('faultCutShort', { missing: at.from + at.bytes - done });
  return data;
}

const MOST_AFTER = 2 ** 20;

const endOf = ({ at }: { at: Place }) => at.from + at.bytes + (at.last ? MOST_AFTER : 0);
