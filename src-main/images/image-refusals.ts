import { FalxError, type Told } from '../contract/errors.ts';
import { formatNames, formatTitle, readableFormats } from '../contract/formats.ts';

/** Thrown by a decoder that has found a file damaged. */
export class Damage extends Error {
  readonly told: Told | undefined;

  /** @param message what is wrong, without the file's name or a full stop. @param told the same for a window to word. */
  constructor(message: string, told?: Told) {
    super(message);
    this.told = told;
  }
}

/** Most pixels an image may have. Scans have a few million; a file that declares more is a mistake or a bomb. */
export const MAX_PIXELS = 100_000_000;

/** Most bytes an image may take as it is stored: 100 million pixels of four 8-bit channels, and some. */
export const MAX_BYTES = 512 * 2 ** 20;

/** A sentence without its full stop. */
export const READABLE = `Falx reads ${readableFormats('en-GB')} files`;

export function isEmpty(name: string): FalxError {
  const reason = 'It is empty (0 bytes).';
  return new FalxError(
    'unreadable-file',
    `"${name}" is empty (0 bytes). Copy it again from where it came from.`,
    { why: 'fileEmpty', file: name, reason },
  );
}

/** @param content what the file holds, after "it holds". */
export function isNoImage(name: string, content: string): FalxError {
  return new FalxError(
    'unsupported-format',
    `"${name}" is not an image that Falx can read: it holds ${content}. ${READABLE}; export the scan as one of these.`,
    {
      why: 'fileNoImage',
      file: name,
      content,
      kind: kinds[content] ?? 'other',
      formats: formatNames.map(formatTitle).join(', '),
      reason: `Not an image that Falx can read: it holds ${content}.`,
    },
  );
}

/** @param fault what the decoder found, without a full stop. @param told the same for a window to word. */
export function isDamaged(
  name: string,
  format: string,
  fault: string,
  cause?: unknown,
  told?: Told,
): FalxError {
  const label = formatTitle(format);
  const reason = `The ${label} file is damaged or of a rare kind: ${fault}.`;
  return new FalxError(
    'unreadable-file',
    `"${name}" cannot be decoded. ${reason} Export it again, or copy it again from where it came from.`,
    { why: 'fileDamaged', file: name, format, label, fault, reason, told },
    { cause },
  );
}

/** Codes of what people have by mistake most often. */
const kinds: Partial<Record<string, string>> = {
  text: 'text',
  'a ZIP archive (unpack it first)': 'zip',
  'a gzip archive (unpack it first)': 'gzip',
  'a PDF document': 'pdf',
  'a HEIC or AVIF picture': 'heic',
  'a JPEG 2000 picture': 'jpeg2000',
  'data of a kind Falx does not know': 'unknown',
};

/** Throws when an image of this size would take more memory than any scan does. Called before decoding. */
export function checkSize(name: string, width: number, height: number, bytesPerPixel: number): void {
  const pixels = width * height;
  if (pixels <= MAX_PIXELS && pixels * bytesPerPixel <= MAX_BYTES) return;
  const size = `${width} × ${height} pixels of ${bytesPerPixel} ${bytesPerPixel === 1 ? 'byte' : 'bytes'}`;
  const limit = `the limit is ${MAX_PIXELS / 1e6} million pixels and ${MAX_BYTES / 2 ** 20} MiB`;
  throw new FalxError('too-large', `"${name}" says it has ${size}; ${limit}. Export it at a smaller size.`, {
    why: 'fileTooLarge',
    file: name,
    width,
    height,
    most: MAX_PIXELS / 1e6,
    reason: `Too large: ${size}; ${limit}.`,
  });
}
