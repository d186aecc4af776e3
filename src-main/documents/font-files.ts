import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';

/**
 * The font of printed documents: Pretendard, which has Latin, Greek, Cyrillic and all of Hangul, under the SIL Open Font License.
 * It lacks Chinese characters, which are printed as boxes. Its package has it compressed (WOFF); PDF needs it uncompressed.
 */
export const printedWeights = { normal: 400, bold: 700 } as const;

/** The font of a weight as an OpenType file. */
export function fontFile(weight: number): Buffer {
  const { resolve } = createRequire(import.meta.url);
  return openTypeOf(
    readFileSync(resolve(`@fontsource/pretendard/files/pretendard-latin-${weight}-normal.woff`)),
  );
}

const HEADER = 44;
const ENTRY = 20;

/** Decompresses a WOFF 1.0 file (W3C, 2012) to the OpenType file it was made from. */
export function openTypeOf(woff: Buffer): Buffer {
  const tables = woff.readUInt16BE(12);
  const file = Buffer.alloc(woff.readUInt32BE(16));
  const power = 2 ** Math.floor(Math.log2(tables));
  woff.copy(file, 0, 4, 8);
  for (const [i, value] of [
    tables,
    16 * power,
    Math.floor(Math.log2(tables)),
    16 * (tables - power),
  ].entries())
    file.writeUInt16BE(value, 4 + 2 * i);
  let to = 12 + 16 * tables;
  for (let table = 0; table < tables; table += 1) {
    const entry = HEADER + ENTRY * table;
    const [from, stored, length] = [4, 8, 12].map((at) => woff.readUInt32BE(entry + at)) as [
      number,
      number,
      number,
    ];
    const bytes = woff.subarray(from, from + stored);
    const line = 12 + 16 * table;
    woff.copy(file, line, entry, entry + 4); // its tag
    woff.copy(file, line + 4, entry + 16, entry + 20); // its checksum
    file.writeUInt32BE(to, line + 8);
    file.writeUInt32BE(length, line + 12);
    (stored < length ? inflateSync(bytes) : bytes).copy(file, to);
    to += (length + 3) & ~3;
  }
  return file;
}
