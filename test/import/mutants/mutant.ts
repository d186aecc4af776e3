import type { Chance } from '../../train/simulation/chance.ts';

/** Values that readers trip over: zero, maxima, signs, off by one. */
const odd = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000000];

/** A damaged copy: bits flipped, truncated, lengths and counts changed, parts repeated, moved, or taken from another file. */
export function mutant(bytes: Buffer, chance: Chance, other: () => Buffer): Buffer {
  let made: Buffer = Buffer.from(bytes);
  for (let times = 1 + chance.below(4); times > 0; times--) made = chance.of(ways)(made, chance, other);
  return made;
}

type Way = (bytes: Buffer, chance: Chance, other: () => Buffer) => Buffer;

/** Mostly near the beginning, where most of what a reader depends on is. */
const place = (bytes: Buffer, chance: Chance): number =>
  chance.below(Math.max(1, chance.is(0.6) ? Math.min(bytes.length, 1024) : bytes.length));

const flip: Way = (bytes, chance) => {
  for (let i = 1 + chance.below(8); i > 0; i--) {
    const at = place(bytes, chance);
    if (at < bytes.length) bytes[at]! ^= 1 << chance.below(8);
  }
  return bytes;
};

const cut: Way = (bytes, chance) => bytes.subarray(0, chance.below(bytes.length + 1));

const number: Way = (bytes, chance) => {
  const size = chance.of([1, 2, 4] as const);
  const at = place(bytes, chance);
  if (at + size > bytes.length) return bytes;
  const value = chance.is(0.7) ? chance.of(odd) : chance.below(2 ** 32);
  const wanted = Number(BigInt(value) & (2n ** BigInt(8 * size) - 1n));
  if (chance.is(0.5)) bytes.writeUIntLE(wanted, at, size);
  else bytes.writeUIntBE(wanted, at, size);
  return bytes;
};

const repeat: Way = (bytes, chance) => {
  const from = chance.below(bytes.length + 1);
  const part = bytes.subarray(from, from + 1 + chance.below(2000));
  return Buffer.concat([
    bytes.subarray(0, from),
    ...Array<Buffer>(2 + chance.below(8)).fill(part),
    bytes.subarray(from),
  ]);
};

const splice: Way = (bytes, chance, other) => {
  const from = other();
  const at = chance.below(bytes.length + 1);
  const start = chance.below(from.length + 1);
  return Buffer.concat([
    bytes.subarray(0, at),
    from.subarray(start, start + chance.below(5000)),
    bytes.subarray(at),
  ]);
};

const swap: Way = (bytes, chance, other) => {
  const from = other();
  return Buffer.concat([
    bytes.subarray(0, chance.below(bytes.length + 1)),
    from.subarray(chance.below(from.length + 1)),
  ]);
};

const ways: readonly Way[] = [flip, flip, cut, number, number, number, repeat, splice, swap];
