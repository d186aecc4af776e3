import type * as Codecs from 'dcmjs-codecs';
import { Damage } from '../refusals.ts';
import type { Codestream } from './codestream.ts';
import type { Compression } from './transfer-syntaxes.ts';

type Module = typeof Codecs;
type Codec = Exclude<Compression, 'none' | 'encapsulated' | 'rle'>;

/** WebAssembly memory never shrinks: beyond this the codecs are loaded afresh. */
const MAX_MEMORY = 512 * 2 ** 20;

let loading: Promise<Module> | null = null;

/**
 * dcmjs-codecs: libjpeg, CharLS, OpenJPEG and OpenJPH in WebAssembly, loaded when first asked for (4 MB).
 * Its traps and refusals are thrown as errors and never end the process.
 */
async function load(): Promise<Module> {
  const loaded = (await import('dcmjs-codecs')) as Module & { default?: Module };
  const codecs = loaded.default ?? loaded;
  // It prints what it throws as well.
  codecs.log.setLevel('silent');
  await codecs.NativeCodecs.initializeAsync();
  return codecs;
}

/** @returns a function that decodes at once: the wait is for the codecs alone. */
export async function codecs(): Promise<(codec: Codec, input: Buffer, header: Codestream) => Uint8Array> {
  loading ??= load();
  const module = await loading;
  if (!module.NativeCodecs.isInitialized()) {
    loading = load();
    return codecs();
  }
  return (codec, input, header) => decode(module, codec, input, header);
}

/**
 * Samples as the codestream has them, without any change of colour: 1 byte each up to 8 bits, else 2, little endian;
 * samples of a pixel side by side.
 * @throws Damage when the codec refuses.
 */
function decode(
  { NativeCodecs, Context }: Module,
  codec: Codec,
  input: Buffer,
  header: Codestream,
): Uint8Array {
  const { width, height, components, precision, signed } = header;
  const pixels = width * height;
  // OpenJPH's wrapper cuts signed values off at 0 when they have 8 bits.
  const wide = precision > 8 || (codec === 'htj2k' && signed);
  const context = new Context({
    width,
    height,
    samplesPerPixel: components,
    bitsAllocated: wide ? 16 : 8,
    bitsStored: precision,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 1 ? 'MONOCHROME2' : 'RGB',
    encodedBuffer: input,
  });
  let output: Uint8Array;
  try {
    output = decoders(NativeCodecs)[codec](context).getDecodedBuffer() ?? new Uint8Array(0);
  } catch (cause) {
    // What was thrown across the codecs leaves their stack and memory as they were at that moment.
    NativeCodecs.release();
    throw new Damage(`its compressed data make no picture (${faultInWords(cause)})`, { cause });
  }
  if (memoryOf(NativeCodecs) > MAX_MEMORY) NativeCodecs.release();
  const expected = pixels * components * (wide ? 2 : 1);
  if (output.length !== expected)
    throw new Damage(`its compressed data give ${output.length} bytes instead of ${expected}`);
  return components === 3 ? sideBySide(codec, header, output, wide ? 2 : 1) : output;
}

const decoders = (native: Module['NativeCodecs']) => ({
  jpeg: (context: InstanceType<Module['Context']>) =>
    native.decodeJpeg(context, { convertColorspaceToRgb: false }),
  'jpeg-ls': (context: InstanceType<Module['Context']>) => native.decodeJpegLs(context),
  'jpeg-2000': (context: InstanceType<Module['Context']>) => native.decodeJpeg2000(context),
  htj2k: (context: InstanceType<Module['Context']>) => native.decodeHtJpeg2000(context),
});

/** Undoes the order in which some codestreams' components come out. */
function sideBySide(
  codec: Codec,
  { width, height, interleave }: Codestream,
  output: Uint8Array,
  bytes: number,
): Uint8Array {
  if (interleave !== 0 || (codec !== 'jpeg-ls' && codec !== 'htj2k')) return output;
  const ordered = new Uint8Array(output.length);
  const pixels = width * height;
  for (let component = 0; component < 3; component += 1)
    for (let pixel = 0; pixel < pixels; pixel += 1)
      for (let byte = 0; byte < bytes; byte += 1)
        ordered[(pixel * 3 + component) * bytes + byte] =
          output[
            (codec === 'jpeg-ls'
              ? component * pixels + pixel
              : placeOfPlanarLine(component * height + Math.floor(pixel / width), width, pixel % width)) *
              bytes +
              byte
          ]!;
  return ordered;
}

/** OpenJPH gives a component's lines one after the other; its wrapper takes them for the three of one line. */
const placeOfPlanarLine = (line: number, width: number, x: number): number =>
  (Math.floor(line / 3) * width + x) * 3 + (line % 3);

function memoryOf(native: Module['NativeCodecs']): number {
  const { wasmApi } = native as unknown as { wasmApi?: { wasmMemory: { buffer: ArrayBuffer } } };
  return wasmApi?.wasmMemory.buffer.byteLength ?? 0;
}

/** A codec's message without its function names. */
function faultInWords(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).split('::').at(-1)!.trim();
  return message.replace(/\.$/, '').slice(0, 120) || 'the codec stopped';
}
