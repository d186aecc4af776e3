import path from 'node:path';
import { readFile as readBytes } from 'node:fs/promises';
import type { DataSet } from '../images/dicom/data-set.ts';
import { isDicom, readFile } from '../images/dicom/dicom-file.ts';
import { tags } from '../images/dicom/tags.ts';
import { bytesOf, parseInSubprocess, patienceFor, type Parse } from '../system/foreign.ts';

/** Patient and study of a DICOM file, for a report to be filed beside it. Empty strings where the file says nothing. */
export type ReportSource = {
  patientName: string;
  patientId: string;
  birthDate: string;
  sex: string;
  studyUid: string;
  studyDate: string;
  studyTime: string;
  accession: string;
  referring: string;
  studyId: string;
  seriesUid: string;
  sopClass: string;
  sopInstance: string;
};

const places = {
  patientName: tags.PatientName,
  patientId: tags.PatientID,
  birthDate: 0x00100030,
  sex: 0x00100040,
  studyUid: tags.StudyInstanceUID,
  studyDate: 0x00080020,
  studyTime: 0x00080030,
  accession: 0x00080050,
  referring: 0x00080090,
  studyId: 0x00200010,
  seriesUid: tags.SeriesInstanceUID,
  sopClass: tags.SOPClassUID,
  sopInstance: 0x00080018,
} as const satisfies Record<keyof ReportSource, number>;

/** Read in a parser process. @returns null if it is no DICOM file. @throws FalxError as `readFile`, and of `parseInSubprocess`. */
export async function reportSource(file: string): Promise<ReportSource | null> {
  const { answer } = await parseInSubprocess<Task, ReportSource | null>(
    new URL(import.meta.url),
    { file },
    file,
    {
      patience: patienceFor(await bytesOf(file)),
    },
  );
  return answer;
}

type Task = { file: string };

export const parse: Parse<Task, ReportSource | null> = async ({ file }) => {
  const input = await readBytes(path.resolve(file));
  if (!isDicom(input)) return null;
  const { dataSet } = readFile(input);
  const decode = decoderOf(dataSet);
  return Object.fromEntries(
    Object.entries(places).map(([name, tag]) => [name, decode(dataSet.element(tag)?.value)]),
  ) as ReportSource;
};

/** Character sets of PS3.3, C.12.1.1.2, and the platform's names for them. */
const sets: Readonly<Record<string, string>> = {
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 87': 'iso-2022-jp',
};

function decoderOf(set: DataSet): (value: Buffer | undefined) => string {
  const named = set.texts(tags.SpecificCharacterSet).find((name) => name in sets);
  const decoder = new TextDecoder(named === undefined ? 'windows-1252' : sets[named]);
  return (value) =>
    decoder
      .decode(value)
      .replaceAll('\u001b$)C', '') // the escape sequence that begins Korean in ISO 2022
      .replace(/^[\s\0]+|[\s\0]+$/g, '');
}
