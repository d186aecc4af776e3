import { parentPort } from 'node:worker_threads';
import type * as Codecs from 'dcmjs-codecs';
import type { Answer, Codec, Task } from './codecs.ts';
import { startOfCodestream, type Codestream } from './codestream.ts';
import { deepSamples } from './deep-samples.ts';
import { showingComponent } from './jp2.ts';

/*
 * A thread that decodes compressed frames with dcmjs-codecs: libjpeg, CharLS, OpenJPEG and OpenJPH in WebAssembly. Traps and
 * refusals become answers; an endless decoder is ended from outside.
 */

type Module = typeof Codecs;
type Context = InstanceType<Module['Context']>;

/** WebAssembly memory never shrinks: beyond this the codecs are reloaded. */
const MAX_MEMORY = 512 * 2 ** 20;

/** libjpeg's messages on missing or broken data, which it then makes up; surplus bytes do no harm. */
const alarming = /Premature end|Corrupt JPEG data: (?!\d+ extraneous)/;
const warnings: string[] = [];

const loaded = load();
parentPort!.on('message', (task: Task) => {
  void loaded
    .then((module) => answer(module, task))
    .then((reply) =>
      parentPort!.postMessage(reply, 'output' in reply ? [reply.output.buffer as ArrayBuffer] : []),
    );
});

async function load(): Promise<Module> {
  const all = (await import('dcmjs-codecs')) as Module & { default?: Module };
  const codecs = all.default ?? all;
  // It prints its errors too, and warnings: these are suppressed and collected instead.
  codecs.log.setLevel('silent');
  codecs.log.info = (message: unknown) => warnings.push(String(message));
  return codecs;
}

async function answer(module: Module, task: Task): Promise<Answer> {
  const { NativeCodecs } = module;
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync({ logCodecsInfo: true });
  warnings.length = 0;
  try {
    const output = decode(module, task);
    if (memoryOf(NativeCodecs) > MAX_MEMORY) NativeCodecs.release();
    const alarm = warnings.find((warning) => alarming.test(warning));
    return alarm === undefined ? { output } : { fault: faultInWords(alarm) };
  } catch (error) {
    // An exception thrown through the codecs leaves their stack and memory in an undefined state.
    NativeCodecs.release();
    return { fault: faultInWords(error instanceof Error ? error.message : String(error)) };
  }
}

function decode(module: Module, { codec, input, header }: Task): Uint8Array {
  const { NativeCodecs, Context } = module;
  if (codec === 'jpeg-2000' && header.precision > (header.components > 1 ? 8 : 16))
    return oneByOne(module, input, header);
  const { width, height, components, precision, signed } = header;
  const bytes = bytesOf(codec, header);
  const context = new Context({
    width,
    height,
    samplesPerPixel: components,
    bitsAllocated: bytes * 8,
    bitsStored: precision,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 1 ? 'MONOCHROME2' : 'RGB',
    encodedBuffer: input,
  });
  const output = decoders(NativeCodecs)[codec](context).getDecodedBuffer() ?? new Uint8Array(0);
  const expected = width * height * components * bytes;
  if (output.length !== expected) throw new Error(`they give ${output.length} bytes instead of ${expected}`);
  if (codec === 'htj2k') clamp(output, header);
  return components === 3 ? sideBySide(codec, header, output, bytes) : output;
}

/** With several components OpenJPEG's wrapper returns only the lower byte; with one the lower 16 bits. */
function oneByOne(module: Module, input: Uint8Array, header: Codestream): Uint8Array {
  const { width, height, components, precision } = header;
  const codestream = input.subarray(startOfCodestream(Buffer.from(input)));
  const Samples = precision > 16 ? Int32Array : Uint16Array;
  const samples = new Samples(width * height * components);
  for (let component = 0; component < components; component += 1) {
    const decoded = (bytes: Uint8Array, of: Codestream): Uint16Array => {
      const shown = { ...of, components: 1, precision: Math.min(of.precision, 16) };
      const input = showingComponent(bytes, of, component);
      const output = decode(module, { codec: 'jpeg-2000', input, header: shown }).slice();
      return new Uint16Array(output.buffer);
    };
    const own = precision > 16 ? deepSamples(codestream, header, decoded) : decoded(codestream, header);
    for (let pixel = 0; pixel < own.length; pixel += 1) samples[pixel * components + component] = own[pixel]!;
  }
  return new Uint8Array(samples.buffer);
}

/** Bytes of a decoded sample. OpenJPH's wrapper clips signed 8-bit values at 0. */
const bytesOf = (codec: Codec, { precision, signed }: Codestream): 1 | 2 =>
  precision > 8 || (codec === 'htj2k' && signed) ? 2 : 1;

/** In place: OpenJPH lets lossy values exceed the range of their bits, where other decoders clip. */
function clamp({ buffer, byteOffset, byteLength }: Uint8Array, { precision, signed }: Codestream): void {
  const Samples = precision <= 8 && !signed ? Uint8Array : signed ? Int16Array : Uint16Array;
  const samples = new Samples(buffer as ArrayBuffer, byteOffset, byteLength / Samples.BYTES_PER_ELEMENT);
  const least = signed ? -(2 ** (precision - 1)) : 0;
  const largest = least + 2 ** precision - 1;
  for (let at = 0; at < samples.length; at += 1)
    samples[at] = Math.max(least, Math.min(largest, samples[at]!));
}

const decoders = (native: Module['NativeCodecs']) => ({
  jpeg: (context: Context) => native.decodeJpeg(context, { convertColorspaceToRgb: false }),
  'jpeg-ls': (context: Context) => native.decodeJpegLs(context),
  'jpeg-2000': (context: Context) => native.decodeJpeg2000(context),
  htj2k: (context: Context) => native.decodeHtJpeg2000(context),
});

/** Undoes the order in which some codestreams' components are returned. */
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

/** OpenJPH returns a component's lines one after the other; its wrapper assumes the three components of one line. */
const placeOfPlanarLine = (line: number, width: number, x: number): number =>
  (Math.floor(line / 3) * width + x) * 3 + (line % 3);

function memoryOf(native: Module['NativeCodecs']): number {
  const { wasmApi } = native as unknown as { wasmApi?: { wasmMemory: { buffer: ArrayBuffer } } };
  return wasmApi?.wasmMemory.buffer.byteLength ?? 0;
}

/** A codec's message without its function names; `unreachable` is WebAssembly's trap. */
function faultInWords(message: string): string {
  const words = message.split('::').at(-1)!.trim().replace(/\.$/, '').slice(0, 120);
  return words === '' || words === 'unreachable' ? 'the decoder gave up' : words;
}
