import type { Encoding } from './elements.ts';

/** How pixel data are compressed. */
export type Compression = 'none' | 'encapsulated' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface TransferSyntax {
  uid: string;
  name: string;
  encoding: Encoding;
  deflated: boolean;
  /** null: Falx has no decoder for it. */
  compression: Compression | null;
}

const little: Encoding = { explicit: true, littleEndian: true };

/** Names as in PS3.6, annex A. */
const compressed: [uid: string, name: string, compression: Compression | null][] = [
  ['1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', 'encapsulated'],
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'],
  ['1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', 'jpeg'],
  ['1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 and 4)', 'jpeg'],
  ['1.2.840.10008.1.2.4.57', 'JPEG Lossless (Process 14)', 'jpeg'],
  ['1.2.840.10008.1.2.4.70', 'JPEG Lossless (Process 14, Selection Value 1)', 'jpeg'],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000 (Lossless Only)', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', 'htj2k'],
  ['1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 with RPCL (Lossless Only)', 'htj2k'],
  ['1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'htj2k'],
  ['1.2.840.10008.1.2.4.52', 'JPEG Extended (Process 3 and 5)', null],
  ['1.2.840.10008.1.2.4.53', 'JPEG Spectral Selection (Process 6 and 8)', 'jpeg'],
  ['1.2.840.10008.1.2.4.54', 'JPEG Spectral Selection (Process 7 and 9)', null],
  ['1.2.840.10008.1.2.4.55', 'JPEG Full Progression (Process 10 and 12)', 'jpeg'],
  ['1.2.840.10008.1.2.4.56', 'JPEG Full Progression (Process 11 and 13)', null],
  ['1.2.840.10008.1.2.4.58', 'JPEG Lossless (Process 15)', null],
  ['1.2.840.10008.1.2.4.92', 'JPEG 2000 Part 2 Multi-component (Lossless Only)', null],
  ['1.2.840.10008.1.2.4.93', 'JPEG 2000 Part 2 Multi-component', null],
  ['1.2.840.10008.1.2.4.94', 'JPIP Referenced', null],
  ['1.2.840.10008.1.2.4.95', 'JPIP Referenced Deflate', null],
  ['1.2.840.10008.1.2.4.204', 'JPIP HTJ2K Referenced', null],
  ['1.2.840.10008.1.2.4.205', 'JPIP HTJ2K Referenced Deflate', null],
  ['1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', null],
  ['1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', null],
  ['1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile', null],
  ['1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile', null],
  ['1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile for 2D Video', null],
  ['1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile for 3D Video', null],
  ['1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile', null],
  ['1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile', null],
  ['1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile', null],
  ['1.2.840.10008.1.2.4.110', 'JPEG XL Lossless', null],
  ['1.2.840.10008.1.2.4.111', 'JPEG XL JPEG Recompression', null],
  ['1.2.840.10008.1.2.4.112', 'JPEG XL', null],
  ['1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', null],
];

const plain: TransferSyntax[] = [
  {
    uid: '1.2.840.10008.1.2',
    name: 'Implicit VR Little Endian',
    encoding: { explicit: false, littleEndian: true },
    deflated: false,
    compression: 'none',
  },
  {
    uid: '1.2.840.10008.1.2.1',
    name: 'Explicit VR Little Endian',
    encoding: little,
    deflated: false,
    compression: 'none',
  },
  {
    uid: '1.2.840.10008.1.2.1.99',
    name: 'Deflated Explicit VR Little Endian',
    encoding: little,
    deflated: true,
    compression: 'none',
  },
  {
    uid: '1.2.840.10008.1.2.2',
    name: 'Explicit VR Big Endian',
    encoding: { explicit: true, littleEndian: false },
    deflated: false,
    compression: 'none',
  },
];

const known = new Map<string, TransferSyntax>(
  [
    ...plain,
    ...compressed.map(([uid, name, compression]) => ({
      uid,
      name,
      encoding: little,
      deflated: false,
      compression,
    })),
  ].map((syntax) => [syntax.uid, syntax]),
);

/** The transfer syntax of this UID; one that is not in the standard is `unknown`, without a decoder. */
export const transferSyntax = (uid: string): TransferSyntax =>
  known.get(uid) ?? { uid, name: 'unknown', encoding: little, deflated: false, compression: null };

/** The encoding of a file without a meta header, recognised by its first element. */
export const syntaxOf = ({ explicit, littleEndian }: Encoding): TransferSyntax =>
  plain[!explicit ? 0 : littleEndian ? 1 : 3]!;
