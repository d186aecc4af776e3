import { randomUUID } from 'node:crypto';
import { RESEARCH_USE } from '../contract/answers.ts';
import { frameInName, type Prediction, type Run } from '../contract/records.ts';
import { writeFile, type Written } from '../deidentify/write.ts';
import { falxVersion } from '../version.ts';
import type { ReportSource } from './report-source.ts';

/** Enhanced SR Storage (PS3.4, B.5), which allows numbers, codes and pictures. */
const ENHANCED_SR = '1.2.840.10008.5.1.4.1.1.88.22';
const explicitLittle = '1.2.840.10008.1.2.1';

export type StructuredReportOptions = {
  predictions: readonly Prediction[];
  runs: readonly Pick<Run, 'id' | 'network'>[];
  positiveName: string;
  source: ReportSource;
  /** Whether it identifies the patient, belongs to the scan's study and references the scan. */
  identify: boolean;
  now?: Date;
};

/**
 * Answers on the pictures of a DICOM file as a DICOM Structured Report (PS3.3, A.35.2), unverified, in UTF-8. Without `identify` it
 * has a study and series of its own, no name, number or date of the patient, and identifies the scan only by the SHA-256 of its
 * pictures.
 */
export function structuredReport({
  predictions,
  runs,
  positiveName,
  source,
  identify,
  now = new Date(),
}: StructuredReportOptions): Buffer {
  const sopInstance = newUid();
  const date = now.toISOString().slice(0, 10).replaceAll('-', '');
  const time = now.toISOString().slice(11, 19).replaceAll(':', '');
  const known = (of: keyof ReportSource) => (identify ? source[of] : '');
  const pointsTo = identify && source.sopClass !== '' && source.sopInstance !== '' && source.studyUid !== '';
  const elements: Written[] = [
    text(0x00080005, 'CS', 'ISO_IR 192'),
    text(0x00080016, 'UI', ENHANCED_SR),
    text(0x00080018, 'UI', sopInstance),
    text(0x00080020, 'DA', known('studyDate')),
    text(0x00080023, 'DA', date),
    text(0x00080030, 'TM', known('studyTime')),
    text(0x00080033, 'TM', time),
    text(0x00080050, 'SH', known('accession')),
    text(0x00080060, 'CS', 'SR'),
    text(0x00080070, 'LO', 'Falx'),
    text(0x00080090, 'PN', known('referring')),
    text(0x00080201, 'SH', '+0000'),
    text(0x0008103e, 'LO', 'Falx, research use only'),
    // Declares which codes are Falx's own.
    {
      tag: 0x00080110,
      vr: 'SQ',
      items: [[text(0x00080102, 'SH', '99FALX'), text(0x00080115, 'ST', 'Codes of Falx, private')]],
    },
    { tag: 0x00081111, vr: 'SQ', items: [] },
    text(0x00100010, 'PN', known('patientName')),
    text(0x00100020, 'LO', known('patientId')),
    text(0x00100030, 'DA', known('birthDate')),
    text(0x00100040, 'CS', known('sex')),
    text(0x00181020, 'LO', `Falx ${falxVersion()}`),
    text(0x0020000d, 'UI', known('studyUid') || newUid()),
    text(0x0020000e, 'UI', newUid()),
    text(0x00200010, 'SH', known('studyId')),
    text(0x00200011, 'IS', '1'),
    text(0x00200013, 'IS', '1'),
    ...(pointsTo ? [evidence(source)] : []),
    { tag: 0x0040a372, vr: 'SQ', items: [] },
    text(0x0040a491, 'CS', 'COMPLETE'),
    text(0x0040a493, 'CS', 'UNVERIFIED'),
    ...containerOf('PREDICTIONS', [
      textItem('USE', RESEARCH_USE),
      textItem(
        'SOFTWARE',
        `Falx ${falxVersion()}; ${runs.map(({ id, network }) => `${network}, ${id}`).join('; ')}`,
      ),
      ...predictions.map((one) => pictureItem(one, positiveName, pointsTo ? source : null)),
    ]),
  ];
  return writeFile({ sopClass: ENHANCED_SR, sopInstance, syntax: explicitLittle }, elements);
}

/**
 * Falx's own codes and their meanings, in English like all of DICOM's coded meanings: programs read the codes, whatever language a
 * viewer shows.
 */
const meanings = {
  PREDICTIONS: 'Predictions of neural networks',
  USE: 'Use',
  SOFTWARE: 'Software',
  PICTURE: 'Picture',
  FRAME: 'Frame or slice',
  SHA256: 'SHA-256 of the picture',
  MODEL: 'Model',
  ANSWER: 'Answer',
  CLASS: 'Class',
  PROBABILITY: 'Probability of the positive class',
  CALIBRATED: 'Calibrated probability',
  THRESHOLD: 'Threshold',
  NOTICE: 'Notice',
  ERROR: 'Why not',
  POSITIVE: 'Positive class',
  NEGATIVE: 'Negative class',
  UNSURE: 'Can not be told',
  REFUSED: 'No answer',
} as const;
type Code = keyof typeof meanings;

/** One run's answer for one picture. */
function pictureItem(
  {
    runId,
    file,
    sha256,
    answer,
    probability,
    calibrated,
    threshold,
    notices,
    label,
    error,
    facts,
  }: Prediction,
  positiveName: string,
  source: ReportSource | null,
): readonly Written[] {
  const frame = frameInName.exec(file)?.[1] ?? null;
  const why = facts?.['why'];
  return containerItem('PICTURE', [
    ...(source ? [imageItem(source, frame)] : []),
    ...(frame === null ? [] : [textItem('FRAME', frame)]),
    ...(sha256 === null ? [] : [textItem('SHA256', sha256)]),
    textItem('MODEL', runId),
    codeItem('ANSWER', answer.toUpperCase() as Uppercase<typeof answer>),
    ...(answer === 'positive' || answer === 'negative' ? [textItem('CLASS', label ?? '')] : []),
    textItem('POSITIVE', positiveName),
    ...(probability === null ? [] : [numberItem('PROBABILITY', probability)]),
    ...(calibrated === null ? [] : [numberItem('CALIBRATED', calibrated)]),
    numberItem('THRESHOLD', threshold),
    ...notices.map(({ code, grade }) => textItem('NOTICE', `${grade}: ${code}`)),
    ...(error === null ? [] : [textItem('ERROR', typeof why === 'string' ? why : 'unreadable')]),
  ]);
}

// ── content items (PS3.3, C.17.3) ─────────────────────────────────────────────────────────────────────────────

const bytes = (value: string): Buffer => Buffer.from(value, 'utf8');
const text = (tag: number, vr: string, value: string): Written => ({ tag, vr, value: bytes(value) });

const codeOf = (value: string, scheme: string, meaning: string): readonly Written[] => [
  text(0x00080100, 'SH', value),
  text(0x00080102, 'SH', scheme),
  text(0x00080104, 'LO', meaning),
];

/** A code of Falx's own: "99" marks a private coding scheme. */
const coded = (code: Code): readonly Written[] => codeOf(code, '99FALX', meanings[code]);

const named = (code: Code): Written => ({ tag: 0x0040a043, vr: 'SQ', items: [coded(code)] });

/** An item within a container. */
const item = (type: string, more: readonly Written[]): readonly Written[] => [
  text(0x0040a010, 'CS', 'CONTAINS'),
  text(0x0040a040, 'CS', type),
  ...more,
];

function containerOf(code: Code, items: readonly (readonly Written[])[]): readonly Written[] {
  return [
    text(0x0040a040, 'CS', 'CONTAINER'),
    named(code),
    text(0x0040a050, 'CS', 'SEPARATE'),
    { tag: 0x0040a730, vr: 'SQ', items },
  ];
}

const containerItem = (code: Code, items: readonly (readonly Written[])[]) => [
  text(0x0040a010, 'CS', 'CONTAINS'),
  ...containerOf(code, items),
];

const textItem = (code: Code, said: string) => item('TEXT', [named(code), text(0x0040a160, 'UT', said)]);

const codeItem = (code: Code, value: Code) =>
  item('CODE', [named(code), { tag: 0x0040a168, vr: 'SQ', items: [coded(value)] }]);

/** Without a unit (UCUM has "1" for it), in at most the 16 characters of a decimal string. */
const numberItem = (code: Code, number: number) =>
  item('NUM', [
    named(code),
    {
      tag: 0x0040a300,
      vr: 'SQ',
      items: [
        [
          { tag: 0x004008ea, vr: 'SQ', items: [codeOf('1', 'UCUM', 'no units')] },
          text(0x0040a30a, 'DS', String(Number(number.toPrecision(9)))),
        ],
      ],
    },
  ]);

/** Storage classes whose frames can be referenced, by what follows 1.2.840.10008.5.1.4.1.1. */
const multiFrame = new Set(
  '2.1 2.2 3.1 4.1 4.2 4.3 4.4 7.1 7.2 7.3 7.4 12.1 12.1.1 12.2 12.2.1 20 30 128.1 130 481.1 481.2'
    .split(' ')
    .map((end) => `1.2.840.10008.5.1.4.1.1.${end}`),
);

const referenced = ({ sopClass, sopInstance }: ReportSource): Written[] => [
  text(0x00081150, 'UI', sopClass),
  text(0x00081155, 'UI', sopInstance),
];

function imageItem(source: ReportSource, frame: string | null): readonly Written[] {
  const number =
    frame !== null && multiFrame.has(source.sopClass) && /^\d+$/.test(frame)
      ? [text(0x00081160, 'IS', frame)]
      : [];
  return item('IMAGE', [{ tag: 0x00081199, vr: 'SQ', items: [[...referenced(source), ...number]] }]);
}

/** The evidence sequence (PS3.3, C.17.2). */
function evidence(source: ReportSource): Written {
  const series: Written[] = [
    { tag: 0x00081199, vr: 'SQ', items: [referenced(source)] },
    text(0x0020000e, 'UI', source.seriesUid),
  ];
  const study: Written[] = [
    { tag: 0x00081115, vr: 'SQ', items: [series] },
    text(0x0020000d, 'UI', source.studyUid),
  ];
  return { tag: 0x0040a375, vr: 'SQ', items: [study] };
}

/** Under 2.25, from a random UUID (PS3.5, B.2). */
const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
