import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { DeidentifyReport, deidentifyWarnings } from '../contract/deidentify.ts';
import type { DataSet } from '../images/dicom/data-set.ts';
import { isPixelData } from '../images/dicom/elements.ts';
import { readFile } from '../images/dicom/dicom-file.ts';
import { tags } from '../images/dicom/tags.ts';
import { Damage } from '../images/image-refusals.ts';
import { clean, type Removed } from './clean.ts';
import type { Secret } from './secret.ts';
import { writeFile, type Written } from './write.ts';

export const profile = 'DICOM PS3.15 2026c, Basic Application Level Confidentiality Profile';

export interface Deidentified {
  content: Buffer;
  /** Folders and file, by their pseudonyms. */
  place: [patient: string, study: string, series: string, instance: string];
  warning: (typeof deidentifyWarnings)[number] | null;
  /** The original identifiers, for the mapping. */
  from: { patient: string; study: string; series: string; instance: string };
  to: { patient: string; study: string; series: string; instance: string };
  days: number | null;
}

/** Why a file is left out, for the report. */
export class LeftOut extends Error {
  readonly why: keyof DeidentifyReport['leftOut'];

  /** Details, for the mapping. */
  readonly reason: StoredMessage;

  constructor(why: keyof DeidentifyReport['leftOut'], reason: StoredMessage) {
    super(why);
    this.why = why;
    this.reason = reason;
  }
}

const DICOMDIR = '1.2.840.10008.1.3.10';
const explicitLittle = '1.2.840.10008.1.2.1';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
/** Modalities whose devices burn names into the picture: ultrasound, endoscopes, cameras, scanned film and paper, screens. */
const writesNames = new Set('US IVUS ES XC GM OP OPT ECG HD OT DG DOC SC RG RF XA BMD'.split(' '));

/**
 * @param input a DICOM file
 * @throws LeftOut
 */
export function deidentify(
  input: Buffer,
  {
    secret,
    moveDates,
    removed,
    falx,
  }: { secret: Secret; moveDates: boolean; removed: Removed; falx: string },
): Deidentified {
  try {
    const { meta, syntax, dataSet } = readFile(input);
    const sopClass = dataSet.text(tags.SOPClassUID) ?? meta.text(tags.MediaStorageSOPClassUID) ?? '';
    if (sopClass === DICOMDIR || dataSet.element(0x00041220))
      throw new LeftOut('directory', message('leftOutDirectory', {}));
    if (![...dataSet.elements.keys()].some(isPixelData))
      throw new LeftOut('noImage', message('leftOutNoImage', {}));
    const from = {
      patient: dataSet.text(tags.PatientID) ?? '',
      study: dataSet.text(tags.StudyInstanceUID) ?? '',
      series: dataSet.text(tags.SeriesInstanceUID) ?? '',
      instance: dataSet.text(SOP_INSTANCE) ?? '',
    };
    if (sopClass === '' || from.instance === '') throw new LeftOut('damaged', message('leftOutNoUids', {}));
    const patient = from.patient || from.study || from.instance;
    const days = moveDates ? secret.days(patient) : null;
    const elements = clean(dataSet, { secret, patient, days, removed });
    const instance = secret.uid(from.instance);
    const plain = syntax.deflated || syntax.compression === 'none';
    if (elements.some((element) => isPixelData(element.tag) && 'fragments' in element === plain))
      throw new LeftOut('damaged', message('leftOutPixels', { syntax: syntax.uid }));
    const content = writeFile(
      { sopClass, sopInstance: instance, syntax: plain ? explicitLittle : syntax.uid },
      withMarks(elements, days !== null, falx),
    );
    return {
      content,
      place: [
        secret.patient(patient),
        secret.name('study', from.study || from.instance),
        secret.name('series', from.series || from.instance),
        `${secret.name('instance', from.instance)}.dcm`,
      ],
      warning: warningOf(dataSet, sopClass),
      from,
      to: {
        patient: secret.patient(patient),
        study: from.study && secret.uid(from.study),
        series: from.series && secret.uid(from.series),
        instance,
      },
      days,
    };
  } catch (error) {
    if (error instanceof Damage)
      throw new LeftOut('damaged', message('leftOutDamaged', { fault: error.fault }));
    if (error instanceof FalxError)
      throw new LeftOut('damaged', message('leftOutDamaged', { fault: error.asMessage }));
    // Lengths that extend beyond the file.
    if (error instanceof RangeError) throw new LeftOut('damaged', message('leftOutEndsEarly', {}));
    throw error;
  }
}

const SOP_INSTANCE = 0x00080018;

/** Adds the elements that say that, and how, identities were removed (PS3.15, E.1.1, points 6 to 8). */
function withMarks(elements: readonly Written[], moved: boolean, falx: string): Written[] {
  const text = (tag: number, vr: string, value: string): Written => ({
    tag,
    vr,
    value: Buffer.from(value, 'latin1'),
  });
  const code = (value: string, meaning: string): Written[] => [
    text(0x00080100, 'SH', value),
    text(0x00080102, 'SH', 'DCM'),
    text(0x00080104, 'LO', meaning),
  ];
  const marks: Written[] = [
    text(0x00120062, 'CS', 'YES'),
    text(0x00120063, 'LO', `Falx ${falx}: PS3.15 2026c Basic Profile`),
    {
      tag: 0x00120064,
      vr: 'SQ',
      items: [
        code('113100', 'Basic Application Confidentiality Profile'),
        ...(moved ? [code('113107', 'Retain Longitudinal Temporal Information Modified Dates Option')] : []),
      ],
    },
    text(0x00280303, 'CS', moved ? 'MODIFIED' : 'REMOVED'),
  ];
  const own = new Set(marks.map(({ tag }) => tag));
  return [...elements.filter(({ tag }) => !own.has(tag)), ...marks];
}

/** Pixels are not examined: based on what the file says, and what is known of such files. */
function warningOf(set: DataSet, sopClass: string): 'burnedIn' | 'perhapsBurnedIn' | null {
  const said = set.text(tags.BurnedInAnnotation);
  if (said === 'YES') return 'burnedIn';
  if (said === 'NO') return null;
  const secondary =
    sopClass.startsWith(SECONDARY_CAPTURE) ||
    set.text(tags.ConversionType) !== null ||
    set.texts(tags.ImageType).some((type) => type === 'SECONDARY' || /SCREEN/.test(type));
  return secondary || writesNames.has(set.text(tags.Modality) ?? '') ? 'perhapsBurnedIn' : null;
}
