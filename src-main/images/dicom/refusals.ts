import { FalxError } from '../../contract/errors.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

/** Thrown by the parts that don't know the file's name: Falx lacks something to read it; what, and what to do. */
export class Unsupported extends Error {
  readonly remedy: string;

  /** @param what without a full stop. @param remedy a sentence. */
  constructor(what: string, remedy: string) {
    super(what);
    this.remedy = remedy;
  }
}

/** @param what the file is, after "It is". @param remedy a sentence. */
export function isNoPicture(name: string, what: string, remedy: string): FalxError {
  const reason = `It is ${what}.`;
  return new FalxError('unsupported-format', `"${name}" holds no picture. ${reason} ${remedy}`, {
    why: 'dicomNoPicture',
    what,
    file: name,
    format: 'dicom',
    reason,
  });
}

/** @param what is beyond Falx, without a full stop. @param remedy a sentence. */
export function isUnsupported(
  name: string,
  { uid, name: syntax }: TransferSyntax,
  { message, remedy }: Unsupported,
): FalxError {
  const reason = `Falx can't read this DICOM file (transfer syntax ${syntax}, ${uid}): ${message}.`;
  return new FalxError('unsupported-format', `"${name}" can't be decoded. ${reason} ${remedy}`, {
    why: 'dicomUnsupported',
    syntax,
    what: message,
    file: name,
    format: 'dicom',
    transferSyntax: uid,
    reason,
  });
}

/** @param fault what is wrong, without a full stop. @param syntax null where it is not known yet. */
export function isBroken(
  name: string,
  syntax: TransferSyntax | null,
  fault: string,
  cause?: unknown,
): FalxError {
  const written = syntax ? ` (transfer syntax ${syntax.name}, ${syntax.uid})` : '';
  const reason = `The DICOM file${written} is damaged or incomplete: ${fault}.`;
  return new FalxError(
    'unreadable-file',
    `"${name}" can't be decoded. ${reason} Copy it again from where it came from, or export it again.`,
    {
      why: 'dicomBroken',
      fault,
      file: name,
      format: 'dicom',
      ...(syntax && { transferSyntax: syntax.uid }),
      reason,
    },
    { cause },
  );
}

/** What to do about a file that is compressed in a way Falx has no decoder for. */
export const DECOMPRESS =
  'Export it uncompressed (Explicit VR Little Endian), or convert it with dcmdjpeg or gdcmconv --raw.';
