import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picturesIn, type Scan, type ScanOptions } from '../../../src-main/images/scan.ts';
import { bomb, niftiFile } from './nifti-fixtures.ts';
import { briefly } from '../../briefly.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'falx-nifti-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: Buffer, options: Partial<ScanOptions> = {}): Promise<Scan[]> {
  writeFileSync(path.join(folder, name), content);
  const pictures: Scan[] = [];
  for await (const picture of picturesIn(path.join(folder, name), name, { salt: 'x', ...options }))
    pictures.push(picture);
  return pictures;
}

const cut = gzipSync(niftiFile({ size: [40, 40, 40] }));
const damaged = Buffer.from(cut);
damaged[damaged.length - 6]! ^= 0xff; // within the checksum
const wrongMagic = niftiFile();
wrongMagic.write('nix\0', 344, 'latin1');

const bad: [string, Buffer, string, RegExp][] = [
  ['cut short', niftiFile().subarray(0, 400), 'unreadable-file', /cut short by 72 bytes/],
  ['a header alone', niftiFile().subarray(0, 348), 'unreadable-file', /cut short by 124 bytes/],
  [
    'packed and cut short',
    cut.subarray(0, cut.length / 2),
    'unreadable-file',
    /can't be unpacked\. .*\[zlib: unexpected end/,
  ],
  [
    'packed with a wrong checksum',
    damaged,
    'unreadable-file',
    /can't be unpacked\. .*\[zlib: incorrect data check/,
  ],
  ['of no dimensions', niftiFile({ dimensions: 0 }), 'unreadable-file', /says it has 0 dimensions/],
  ['of eight dimensions', niftiFile({ dimensions: 8 }), 'unreadable-file', /says it has 8 dimensions/],
  [
    'of a size below 1',
    niftiFile({ size: [4, -5, 6], data: Buffer.alloc(0) }),
    'unreadable-file',
    /4 × -5 × 6/,
  ],
  [
    'of no datatype there is',
    niftiFile({ datatype: 3 }),
    'unreadable-file',
    /datatype, 3, that does not exist/,
  ],
  ['of single bits', niftiFile({ datatype: 1 }), 'unreadable-file', /single bits, which Falx does not read/],
  ['of complex numbers', niftiFile({ datatype: 32, bits: 64 }), 'unreadable-file', /complex64/],
  ['with voxels inside its header', niftiFile({ offset: 100 }), 'unreadable-file', /begin at byte 100/],
  ['with voxels far away', niftiFile({ offset: 2 ** 30 }), 'unreadable-file', /begin at byte 1073741824/],
  [
    'with axes in one plane',
    niftiFile({ affine: [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]] }), // prettier-ignore
    'unreadable-file',
    /axes lie in one plane/,
  ],
  [
    'with an orientation that is no number',
    niftiFile({ affine: [[NaN, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }), // prettier-ignore
    'unreadable-file',
    /does not consist of numbers/,
  ],
  [
    'of one value alone',
    niftiFile({ data: Buffer.alloc(120, 7) }),
    'unreadable-file',
    /all its voxels have the same value/,
  ],
  [
    'of too many voxels',
    niftiFile({ size: [2000, 2000, 2000], data: Buffer.alloc(0) }),
    'too-large',
    /200 million voxels/,
  ],
  [
    'packed, of too many voxels',
    bomb({ size: [2000, 2000, 2000], data: Buffer.alloc(0) }, 1),
    'too-large',
    /200 million voxels/,
  ],
  [
    'a header without its voxels',
    niftiFile({ pair: true }),
    'unreadable-file',
    /\.img file, which is not beside it/,
  ],
  [
    'no NIfTI, though it nearly looks like it',
    wrongMagic,
    'unsupported-format',
    /data of a kind Falx does not know|Analyze/,
  ],
  [
    'an Analyze header',
    Buffer.concat([Buffer.from([0x5c, 1, 0, 0]), Buffer.alloc(344)]),
    'unsupported-format',
    /Analyze 7\.5/,
  ],
  ['a MetaImage volume', Buffer.from('ObjectType = Image\nNDims = 3\n'), 'unsupported-format', /MetaImage/],
  [
    'an archive of something else',
    gzipSync('text'),
    'unsupported-format',
    /gzip archive \(unpack it first\)/,
  ],
];

describe('a volume is refused, with its name and what is wrong,', () => {
  test.each(bad)('that is %s', async (_, content, code, message) => {
    const refused = read('scan 7.nii', content);
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      facts: { file: 'scan 7.nii' },
    });
    await expect(refused.catch(briefly)).resolves.toMatch(message);
  });

  test('but what follows it is not gone through, however much that is', async () => {
    const content = bomb({ size: [16, 32, 32] }, 40);
    content[content.length - 6]! ^= 0xff; // a checksum that would be wrong if it were reached
    expect(await read('bomb.nii.gz', content)).toHaveLength(32);
  });
});

describe('a volume', () => {
  test('has a patient of its own, facts that name no one, and a hash a slice', async () => {
    const content = niftiFile({ size: [8, 9, 3], description: 'KIM YUNA 1990' });
    const pictures = await read('one.nii', content);
    expect(pictures.map(({ frame }) => frame)).toEqual(['axial:0', 'axial:1', 'axial:2']);
    expect(new Set(pictures.map(({ sha256 }) => sha256)).size).toBe(3);
    expect(new Set(pictures.map(({ patient }) => patient)).size).toBe(1);
    expect(pictures[0]!.patient).toMatch(/^[0-9a-f]{16}$/);
    expect(pictures[0]).toMatchObject({ width: 8, height: 9, format: 'nifti', bytes: content.length });
    expect(pictures[1]!.facts).toEqual({
      size: '8 × 9 × 3',
      voxelSize: '1 × 1 × 1 mm',
      datatype: 'uint8',
      orientation: 'RAS',
      orientedBy: 'sform',
      plane: 'axial',
      slice: 1,
      slices: 3,
    });
    const [other] = await read('two.nii', niftiFile({ size: [8, 9, 4] }));
    expect(other!.patient).not.toBe(pictures[0]!.patient);
    const [elsewhere] = await read('one.nii', content, { salt: 'y' });
    expect(elsewhere!.patient).not.toBe(pictures[0]!.patient);
  });

  test('in two files gives its pictures once, by its header, and both files count', async () => {
    const voxels = niftiFile({ size: [4, 5, 6] }).subarray(352);
    writeFileSync(path.join(folder, 'pair.img'), voxels);
    const header = niftiFile({ size: [4, 5, 6], pair: true });
    const pictures = await read('pair.hdr', header);
    const single = await read('single.nii', niftiFile({ size: [4, 5, 6] }));
    expect(pictures.map(({ pixels }) => pixels)).toEqual(single.map(({ pixels }) => pixels));
    expect(pictures[0]!.bytes).toBe(header.length + voxels.length);
    const nothing = await read('pair.img', voxels);
    expect(nothing).toEqual([]);
    const other = Buffer.from(voxels);
    other[0]! ^= 1;
    writeFileSync(path.join(folder, 'pair.img'), other);
    expect((await read('pair.hdr', header))[0]!.sha256).not.toBe(pictures[0]!.sha256);
  });

  test('of several gives the first unless another is asked for, and says which', async () => {
    const four = niftiFile({ size: [4, 5, 6, 3] });
    const [first] = await read('four.nii', four);
    expect(first).toMatchObject({ frame: 'axial:0', facts: { volume: '1 of 3' } });
    const [last] = await read('four.nii', four, { volume: 2 });
    expect(last).toMatchObject({ frame: 'axial:0:2', facts: { volume: '3 of 3' } });
    expect(last!.sha256).not.toBe(first!.sha256);
    expect(last!.pixels[0]).toBe(19 * 12 + 2);
    await expect(read('four.nii', four, { volume: 3 })).rejects.toMatchObject({ code: 'unreadable-file' });
  });

  test('packed by itself stands beside a header that is packed by itself', async () => {
    const voxels = (first: number) => {
      const bytes = Buffer.from(niftiFile({ size: [4, 5, 6] }).subarray(352));
      bytes[0] = first;
      return bytes;
    };
    writeFileSync(path.join(folder, 'both.img'), voxels(200));
    writeFileSync(path.join(folder, 'both.img.gz'), gzipSync(voxels(100)));
    const header = niftiFile({ size: [4, 5, 6], pair: true });
    const brightest = async (name: string, content: Buffer) =>
      Math.max(...(await read(name, content)).flatMap(({ pixels }) => [...pixels.subarray(-3)]));
    // The first voxel is the patient's left, back and bottom: the lower right of the lowest slice.
    expect(await brightest('both.hdr', header)).toBe(200);
    expect(await brightest('both.hdr.gz', gzipSync(header))).toBe(100);
  });

  test('is recognised by its magic, though its header does not say how long it is', async () => {
    const bytes = niftiFile();
    bytes.writeInt32LE(0, 0);
    const plain = await read('plain.nii', niftiFile());
    expect((await read('no-size.nii', bytes)).map(({ pixels }) => pixels)).toEqual(
      plain.map(({ pixels }) => pixels),
    );
  });

  test('is read from one file that is called half of a pair', async () => {
    const bytes = niftiFile();
    bytes.write('ni1', 344, 'latin1');
    const plain = await read('plain.nii', niftiFile());
    expect((await read('half.nii', bytes)).map(({ pixels }) => pixels)).toEqual(
      plain.map(({ pixels }) => pixels),
    );
  });

  test('is read, whatever follows the end of the compressed data', async () => {
    const size = [40, 50, 20];
    let state = 7;
    const data = Buffer.from(
      Array.from({ length: 40_000 }, () => (state = Math.imul(state, 1664525) + 1013904223) >>> 24),
    );
    const plain = await read('noise.nii', niftiFile({ size, data }));
    const packed = gzipSync(niftiFile({ size, data }));
    expect(packed.length).toBeGreaterThan(8192);
    for (const rest of [Buffer.alloc(600), Buffer.from('this is no gzip'), gzipSync('more')]) {
      const pictures = await read('noise.nii.gz', Buffer.concat([packed, rest]));
      expect(pictures.map(({ pixels }) => pixels)).toEqual(plain.map(({ pixels }) => pixels));
    }
    const cut = read('noise.nii.gz', packed.subarray(0, -900));
    await expect(cut).rejects.toMatchObject({ code: 'unreadable-file' });
  });

  test('is recognised by its content, compressed or not, whatever its name', async () => {
    const plain = await read('scan.txt', niftiFile());
    const packed = await read('scan.png', gzipSync(niftiFile()));
    expect(packed.map(({ pixels }) => pixels)).toEqual(plain.map(({ pixels }) => pixels));
  });
});
