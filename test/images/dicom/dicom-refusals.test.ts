import { deflateRawSync } from 'node:zlib';
import codecs from 'dcmjs-codecs';
import { beforeAll, describe, expect, test } from 'vitest';
import { FalxError } from '../../../src-main/contract/errors.ts';
import { readDicom } from '../../../src-main/images/dicom/dicom.ts';
import {
  dataSet,
  explicitLittle,
  file,
  picture,
  preamble,
  words,
  type Elements,
  type Value,
} from './dicom-fixtures.ts';
import { briefly } from '../../briefly.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const RLE = '1.2.840.10008.1.2.5';
const JPEG = '1.2.840.10008.1.2.4.50';
const JPEG_LS = '1.2.840.10008.1.2.4.80';

const shape = { rows: 2, columns: 3 };
const pixels = words([1, 2, 3, 4, 5, 6]);
const whole = (more: Elements = {}, value: Value = pixels) => file(EXPLICIT, picture(shape, value, more));
const compressed = (syntax: string, size: object, ...fragments: Buffer[]) =>
  file(syntax, picture({ ...shape, bits: 8, ...size }, { fragments: [Buffer.alloc(0), ...fragments] }));

/** Nested sequences. */
const nested = (depth: number): Elements => (depth === 0 ? {} : { '00081140 SQ': [nested(depth - 1)] });

const directory = Buffer.concat([
  Buffer.alloc(128),
  Buffer.from('DICM'),
  dataSet(
    { '00020002 UI': '1.2.840.10008.1.3.10', '00020010 UI': EXPLICIT, '00041130 CS': 'DISC' },
    explicitLittle,
  ),
]);

/** The fault, the bytes, the code and the reason. */
const bad: [string, Buffer, string, RegExp][] = [
  [
    'no pixel data',
    file(EXPLICIT, { '00080060 CS': 'SR' }),
    'unsupported-format',
    /^It is a DICOM file of modality SR without pixel data\.$/,
  ],
  ['a DICOMDIR', directory, 'unsupported-format', /^It is a DICOMDIR, the table of contents of a disc\.$/],
  [
    'a video',
    compressed('1.2.840.10008.1.2.4.102', {}, pixels),
    'unsupported-format',
    /MPEG-4 AVC\/H\.264 High Profile, 1\.2\.840\.10008\.1\.2\.4\.102.*no decoder/,
  ],
  [
    'an unknown transfer syntax',
    compressed('1.2.3.4', {}, pixels),
    'unsupported-format',
    /transfer syntax unknown, 1\.2\.3\.4/,
  ],
  [
    'too few pixels',
    whole({}, pixels.subarray(0, 10)),
    'unreadable-file',
    /Explicit VR Little Endian, 1\.2\.840\.10008\.1\.2\.1\).*need 12 bytes of pixel data, and it has 10/,
  ],
  [
    'a file cut within its pixels',
    whole().subarray(0, -4),
    'unreadable-file',
    /need 12 bytes of pixel data, and it has 8/,
  ],
  [
    'a file cut within its header',
    whole().subarray(0, whole().indexOf('MONOCHROME2') + 5),
    'unreadable-file',
    /ends within element \(0028,0004\), which should have 12 bytes/,
  ],
  [
    'more frames than pixels',
    whole({ '00280008 IS': '1000' }),
    'unreadable-file',
    /1000 × 2 × 3 × 1 samples of 16 bits need 12,000 bytes/,
  ],
  [
    'a negative number of frames',
    whole({ '00280008 IS': '-1' }),
    'unreadable-file',
    /Number of Frames \(0028,0008\) is -1/,
  ],
  ['no rows', whole({ '00280010 US': 0 }), 'unreadable-file', /Rows is 0/],
  [
    'more bits stored than allocated',
    whole({ '00280101 US': 17 }),
    'unreadable-file',
    /Bits Stored is 17, which is not between 1 and 16/,
  ],
  [
    'bits in a number that Falx has none for',
    whole({ '00280100 US': 24 }),
    'unsupported-format',
    /have 24 bits/,
  ],
  ['two samples a pixel', whole({ '00280002 US': 2 }), 'unsupported-format', /2 samples per pixel/],
  [
    'YBR of one sample',
    whole({ '00280004 CS': 'YBR_FULL' }),
    'unreadable-file',
    /YBR_FULL goes with 3 samples/,
  ],
  [
    'an unknown colour space',
    whole({ '00280004 CS': 'CMYK' }),
    'unsupported-format',
    /Photometric Interpretation/,
  ],
  [
    'a palette that is not there',
    whole({ '00280004 CS': 'PALETTE COLOR' }),
    'unreadable-file',
    /without a palette/,
  ],
  [
    'a sequence without an end to its depth',
    file(EXPLICIT, picture(shape, pixels, nested(40)), { ...explicitLittle, undefinedLength: true }),
    'unreadable-file',
    /nested more than 32 deep/,
  ],
  [
    'fragments that are not compressed',
    whole({}, { fragments: [pixels] }),
    'unreadable-file',
    /come in fragments/,
  ],
  [
    'no fragments though compressed',
    file(RLE, picture(shape, pixels)),
    'unreadable-file',
    /do not come in fragments/,
  ],
  [
    'fewer fragments than frames',
    compressed(RLE, { frames: 3 }, pixels, pixels),
    'unreadable-file',
    /3 frames, and its pixel data hold 2/,
  ],
  ['no fragment at all', compressed(RLE, {}), 'unreadable-file', /pixel data are empty/],
  [
    'RLE data that end early',
    compressed(RLE, {}, Buffer.from([1, 0, 0, 0])),
    'unreadable-file',
    /RLE data end within their header/,
  ],
  [
    'RLE data of another shape',
    compressed(RLE, {}, Buffer.alloc(70)),
    'unreadable-file',
    /0 segments instead of 1/,
  ],
  [
    'more pixels than any scan has',
    compressed(RLE, { rows: 65_535, columns: 65_535 }, pixels),
    'too-large',
    /65535 × 65535 pixels/,
  ],
  [
    'no JPEG though it says so',
    compressed(JPEG, {}, Buffer.alloc(20)),
    'unreadable-file',
    /do not begin as JPEG data do/,
  ],
  [
    'JPEG that ends at its beginning',
    compressed(JPEG, {}, Buffer.from([0xff, 0xd8])),
    'unreadable-file',
    /end within their header|no JPEG marker/,
  ],
  [
    'a deflated data set cut short',
    Buffer.concat([preamble(DEFLATED), deflateRawSync(Buffer.alloc(5000, 1)).subarray(0, 9)]),
    'unreadable-file',
    /deflated data set ends early/,
  ],
  [
    'a deflated bomb',
    Buffer.concat([preamble(DEFLATED), deflateRawSync(Buffer.alloc(400 * 2 ** 20))]),
    'unreadable-file',
    /unpacks to more than 320 MiB/,
  ],
];

async function refusal(bytes: Buffer): Promise<FalxError> {
  const error: unknown = await (async () => readDicom(bytes, 'scan.dcm', 'salt').picture(1, 'file'))().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FalxError);
  return error as FalxError;
}

describe('refuses, naming the file and the reason', () => {
  test.each(bad)('%s', async (_, bytes, code, reason) => {
    const error = await refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.facts).toMatchObject({ file: 'scan.dcm' });
    expect(briefly(error)).toMatch(reason);
    expect(error.message).toMatch(/"scan\.dcm".*\. [A-Z].*\.$/);
  });

  test('without what stands where the photometric interpretation should, which may be a name', async () => {
    const error = await refusal(whole({ '00280004 CS': 'KIM^MIN-SU' }));
    expect(briefly(error)).toMatch(/is not one that Falx reads/);
    expect(JSON.stringify([error.message, error.facts])).not.toMatch(/KIM|MIN-SU/);
  });
});

describe('compressed data that end early or lie', () => {
  const frames = new Map<string, Buffer>();
  beforeAll(async () => {
    const { NativeCodecs, Context } = codecs;
    await NativeCodecs.initializeAsync();
    const context = () =>
      new Context({
        width: 40,
        height: 30,
        bitsAllocated: 8,
        bitsStored: 8,
        samplesPerPixel: 1,
        pixelRepresentation: 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        decodedBuffer: Uint8Array.from({ length: 1200 }, (_, index) => (index * 7919) % 251),
      });
    frames.set(JPEG, Buffer.from(NativeCodecs.encodeJpeg(context(), { lossy: true }).getEncodedBuffer()!));
    frames.set(JPEG_LS, Buffer.from(NativeCodecs.encodeJpegLs(context()).getEncodedBuffer()!));
  });
  const size = { rows: 30, columns: 40 };

  test.each([JPEG, JPEG_LS])(
    '%s is read when whole, and refused when half or of another size',
    async (syntax) => {
      const frame = frames.get(syntax)!;
      const { pixels: read } = await readDicom(compressed(syntax, size, frame), 'scan.dcm', 'salt').picture(
        1,
        'file',
      );
      expect(read).toHaveLength(3600);
      const half = await refusal(compressed(syntax, size, frame.subarray(0, frame.length / 2)));
      expect(briefly(half)).toMatch(/data (can't be decoded|end early)/);
      const other = await refusal(compressed(syntax, { rows: 31, columns: 40 }, frame));
      expect(briefly(other)).toMatch(/says 40 × 31 pixels, and its compressed data say 40 × 30/);
      // The decoder works again.
      await readDicom(compressed(syntax, size, frame), 'scan.dcm', 'salt').picture(1, 'file');
    },
  );
});
