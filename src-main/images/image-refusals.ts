import { FalxError } from '../contract/errors.ts';
import { formatTitle } from '../contract/formats.ts';
import type { MessageCode, ParametersOf } from '../contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../contract/messages/say.ts';

/** Codes of faults in an image's bytes. */
export type FaultCode = Extract<MessageCode, `fault${string}`>;

/** A code with its parameters. */
export type Fault = { [C in FaultCode]: [code: C, parameters: ParametersOf<C>] }[FaultCode];

/** Thrown by a decoder that finds a file damaged; it does not know the name. */
export class Damage extends Error {
  /** The fault. */
  readonly fault: StoredMessage;

  constructor(...[code, parameters]: Fault) {
    const fault: StoredMessage = { code, parameters };
    super(inEnglish(fault));
    this.fault = fault;
  }
}

/** Most pixels of an image. Scans have a few million; a file that declares more is a mistake or a decompression bomb. */
export const MAX_PIXELS = 100_000_000;

/** Most bytes of a decoded image: 100 million pixels of four 8-bit channels, plus a margin. */
export const MAX_BYTES = 512 * 2 ** 20;

/** Possible content of a file that is no image. */
export type Content = ParametersOf<'fileNoImage'>['content'];

export const isEmpty = (file: string): FalxError => new FalxError('fileEmpty', { file });

export const isNoImage = (file: string, content: Content): FalxError =>
  new FalxError('fileNoImage', { file, content });

/** @param fault found by the decoder. */
export const isDamaged = (file: string, format: string, fault: StoredMessage, cause?: unknown): FalxError =>
  new FalxError('fileDamaged', { file, format, label: formatTitle(format), fault }, { cause });

/** Throws if an image of this size would need more memory than any scan. Called before decoding. */
export function checkSize(file: string, width: number, height: number, perPixel: number): void {
  const pixels = width * height;
  if (pixels <= MAX_PIXELS && pixels * perPixel <= MAX_BYTES) return;
  const [most, limit] = [MAX_PIXELS / 1e6, MAX_BYTES / 2 ** 20];
  throw new FalxError('fileTooLarge', { file, width, height, perPixel, most, limit });
}
