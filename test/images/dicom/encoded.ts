import { writeFileSync } from 'node:fs';
import path from 'node:path';
import codecs from 'dcmjs-codecs';
import { file, picture } from './dicom-fixtures.ts';

type Encoder = 'encodeJpeg' | 'encodeJpegLs' | 'encodeHtJpeg2000' | 'encodeJpeg2000';

/** Name, transfer syntax, encoder and its options, supported depths and samples. */
const kinds: [string, string, Encoder, Record<string, unknown>, number[], number[]][] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((predictor): (typeof kinds)[number] => [
    `jpeg-lossless-${predictor}`,
    predictor === 1 ? '1.2.840.10008.1.2.4.70' : '1.2.840.10008.1.2.4.57',
    'encodeJpeg',
    { lossy: false, predictor },
    [8, 10, 12, 16],
    [1, 3],
  ]),
  ['jpeg-ls', '1.2.840.10008.1.2.4.80', 'encodeJpegLs', { lossy: false }, [8, 10, 12, 16], [1, 3]],
  ['htj2k', '1.2.840.10008.1.2.4.201', 'encodeHtJpeg2000', { lossy: false }, [8, 10, 12, 16], [1, 3]],
  [
    'htj2k-rpcl',
    '1.2.840.10008.1.2.4.202',
    'encodeHtJpeg2000',
    { lossy: false, progressionOrder: 2 },
    [16],
    [1],
  ],
  ['htj2k-beyond', '1.2.840.10008.1.2.4.201', 'encodeHtJpeg2000', { lossy: false }, [10], [1]],
  ['htj2k-no-transform', '1.2.840.10008.1.2.4.201', 'encodeHtJpeg2000', { lossy: false }, [8], [3]],
  ['j2k-no-transform', '1.2.840.10008.1.2.4.90', 'encodeJpeg2000', { lossy: false, allowMct: 0 }, [8], [3]],
];

const [rows, columns] = [67, 72];

/**
 * Writes DICOM files whose frames were compressed losslessly by dcmjs-codecs, to be read by pydicom with pylibjpeg, whose
 * codecs are independent. @returns the samples of each, by file; none for a modified codestream.
 */
export async function writeEncoded(folder: string): Promise<Map<string, number[]>> {
  const { NativeCodecs, Context } = codecs;
  await NativeCodecs.initializeAsync();
  const written = new Map<string, number[]>();
  for (const [name, syntax, encoder, options, depths, colours] of kinds) {
    for (const stored of depths) {
      for (const samples of colours) {
        for (const signed of samples === 1 ? [false, true] : [false]) {
          // OpenJPH's wrapper takes signed bytes for unsigned ones when encoding: they are passed as words.
          const bits = stored > 8 || (signed && encoder === 'encodeHtJpeg2000') ? 16 : 8;
          const values = shape(stored, samples, signed);
          const context = new Context({
            width: columns,
            height: rows,
            bitsAllocated: bits,
            bitsStored: stored,
            samplesPerPixel: samples,
            pixelRepresentation: signed ? 1 : 0,
            planarConfiguration: 0,
            photometricInterpretation: samples === 1 ? 'MONOCHROME2' : 'RGB',
            decodedBuffer: bytesOf(values, bits, encoder === 'encodeJpeg' ? stored : bits),
          });
          const frame = Buffer.from(NativeCodecs[encoder](context, options).getEncodedBuffer()!);
          const plain = name === 'htj2k-no-transform';
          // OpenJPH's wrapper always transforms: without saying so, the components remain as they are.
          if (plain) frame[frame.indexOf(Buffer.from([0xff, 0x52])) + 8] = 0;
          // As in lossy ones, values exceed the declared 8 bits: decoders clamp them.
          const beyond = name === 'htj2k-beyond';
          if (beyond) frame[DEPTH] = (frame[DEPTH]! & 0x80) | 7;
          const elements = picture(
            { rows, columns, bits, stored: beyond ? 8 : stored, signed },
            { fragments: [Buffer.alloc(0), frame] },
            samples === 3 ? { '00280002 US': 3, '00280004 CS': 'RGB', '00280006 US': 0 } : {},
          );
          const target = path.join(folder, `${name}-${stored}-${samples}-${signed ? 's' : 'u'}.dcm`);
          writeFileSync(target, file(syntax, elements));
          written.set(target, plain || beyond ? [] : values);
        }
      }
    }
  }
  return written;
}

/** Position in a JPEG 2000 codestream of its component's bit depth minus one; the highest bit means signed. */
const DEPTH = 42;

/** Waves with a little noise over the whole range. */
function shape(bits: number, samples: number, signed: boolean): number[] {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  return Array.from({ length: rows * columns * samples }, (_, index) => {
    const [sample, x, y] = [
      index % samples,
      Math.floor(index / samples) % columns,
      Math.floor(index / samples / columns),
    ];
    const wave = (Math.sin(x / (5 + sample)) * Math.cos(y / (7 + sample)) + 1) / 2;
    const disorder = ((index * 2654435761) % 97) / 97 / 20;
    return least + Math.floor(Math.min(0.9999, wave + disorder) * 2 ** bits);
  });
}

/** @param used bits of each: JPEG has no signed values. */
function bytesOf(values: number[], bits: number, used: number): Uint8Array {
  const raw = values.map((value) => value & (2 ** used - 1));
  const samples = bits === 8 ? Uint8Array.from(raw) : Uint16Array.from(raw);
  return new Uint8Array(samples.buffer);
}
