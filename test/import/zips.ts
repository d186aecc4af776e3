import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip archive, possibly with errors. */
export interface ZipEntry {
  name: string | Buffer;
  data?: Buffer | string;
  /** 8, deflated, by default; 0 is stored. */
  method?: number;
  /** 0x800, the name is UTF-8, by default; 1 is encrypted. */
  flags?: number;
  /** What the archive claims about the content, if that is false. */
  crc?: number;
  size?: number;
  /** File type and permissions, as in Unix. */
  mode?: number;
  /** Refers to the content of an earlier entry. */
  sameAs?: number;
}

/** A zip archive, conforming to APPNOTE 4.3 except for its entries' errors. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const [locals, central]: [Buffer[], Buffer[]] = [[], []];
  const starts: number[] = [];
  let at = 0;
  for (const { name, data = '', method = 8, flags = 0x800, mode = 0o100644, ...said } of entries) {
    const content = Buffer.from(data);
    const packed = method === 8 ? deflateRawSync(content) : content;
    const bytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(0x21, 8); // 1 January 1980
    common.writeUInt32LE(said.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(said.size ?? content.length, 18);
    common.writeUInt16LE(bytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 0x10000, 6);
    const start = said.sameAs === undefined ? at : starts[said.sameAs]!;
    tail.writeUInt32LE(start, 10);
    starts.push(start);
    central.push(Buffer.from('PK\x01\x02\x14\x03'), common, tail, bytes);
    if (said.sameAs !== undefined) continue;
    locals.push(Buffer.from('PK\x03\x04'), common, bytes, packed);
    at += 30 + bytes.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}
