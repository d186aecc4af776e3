import { FalxError, type Told } from '../../contract/errors.ts';
import type { Damage } from '../image-refusals.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

/** Thrown by the parts that don't know the file's name: Falx lacks something to read it; what, and what to do. */
export class Unsupported extends Error {
  readonly remedy: string;
  readonly told: Told;

  /** @param what without a full stop. @param remedy a sentence. @param told what, for a window to word. */
  constructor(what: string, remedy: string, told: Told) {
    super(what);
    this.remedy = remedy;
    this.told = told;
  }
}

/** @param what the file is, after "It is". @param remedy a sentence. @param told what, for a window to word. */
export function isNoPicture(name: string, what: string, remedy: string, told: Told): FalxError {
  const reason = `It is ${what}.`;
  return new FalxError('unsupported-format', `"${name}" holds no picture. ${reason} ${remedy}`, {
    why: 'dicomNoPicture',
    what,
    file: name,
    format: 'dicom',
    reason,
    told,
  });
}

/** @param what is beyond Falx, without a full stop. @param remedy a sentence. */
export function isUnsupported(
  name: string,
  { uid, name: syntax }: TransferSyntax,
  { message, remedy, told }: Unsupported,
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
    told,
  });
}

/** @param syntax null where it is not known yet. */
export function isBroken(name: string, syntax: TransferSyntax | null, damage: Damage): FalxError {
  const { message: fault, told } = damage;
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
      known: syntax ? 'yes' : 'no',
      ...(syntax && { syntax: syntax.name, transferSyntax: syntax.uid }),
      reason,
      told,
    },
    { cause: damage },
  );
}

/** What to do about a file that is compressed in a way Falx has no decoder for. */
export const DECOMPRESS =
  'Export it uncompressed (Explicit VR Little Endian), or convert it with dcmdjpeg or gdcmconv --raw.';
