import { FalxError } from '../../contract/errors.ts';
import type { ParametersOf } from '../../contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../../contract/messages/say.ts';
import type { Damage, Fault } from '../image-refusals.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

type Remedy = ParametersOf<'dicomUnsupported'>['remedy'];

/** Thrown by parts that don't know the file's name: Falx lacks something to read it; what, and a remedy. */
export class Unsupported extends Error {
  readonly what: StoredMessage;
  readonly remedy: Remedy;

  constructor(...[code, parameters, remedy]: [...Fault, remedy: Remedy]) {
    const what: StoredMessage = { code, parameters };
    super(inEnglish(what));
    this.what = what;
    this.remedy = remedy;
  }
}

/** @param what the file contains instead of a picture. @param modality of the file, if it says. */
export const isNoPicture = (
  file: string,
  what: ParametersOf<'dicomNoPicture'>['what'],
  modality?: string,
): FalxError => new FalxError('dicomNoPicture', { file, format: 'dicom', what, modality });

export const isUnsupported = (
  file: string,
  { uid, name }: TransferSyntax,
  { what, remedy }: Unsupported,
): FalxError =>
  new FalxError('dicomUnsupported', {
    file,
    format: 'dicom',
    syntax: name,
    transferSyntax: uid,
    what,
    remedy,
  });

/** @param syntax null if it is not known yet. */
export const isBroken = (file: string, syntax: TransferSyntax | null, damage: Damage): FalxError =>
  new FalxError(
    'dicomBroken',
    {
      file,
      format: 'dicom',
      known: syntax ? 'yes' : 'no',
      syntax: syntax?.name,
      transferSyntax: syntax?.uid,
      fault: damage.fault,
    },
    { cause: damage },
  );
