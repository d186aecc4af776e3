import path from 'node:path';
import { noticeFacts, RESEARCH_USE, type Notice } from '../contract/answers.ts';
import { messageOfWorded } from '../contract/errors.ts';
import { message, type MessageCode, type ParametersOf } from '../contract/messages/catalogue.ts';
import type { Language } from '../contract/messages/languages.ts';
import { sayWhole, type StoredMessage } from '../contract/messages/say.ts';
import { frameInName, type Prediction, type Run } from '../contract/records.ts';
import { pdfOf, type Content, type TableCell } from '../documents/pdf.ts';
import { thumbnailInSubprocess } from '../images/subprocess.ts';
import { pictureNamed } from '../images/scan.ts';
import { falxVersion } from '../version.ts';
import { answersDocument, volumeMessage } from './answers-document.ts';

export type CaseReportOptions = {
  runs: readonly [Run, ...Run[]];
  /** All of one file; it may have several pictures. */
  predictions: readonly Prediction[];
  positiveName: string;
  /** Whether the file's name is shown, which may identify the patient. */
  names: boolean;
  language: Language;
  /** A folder that is stripped from the beginning of names. */
  within?: string | undefined;
  now?: Date;
};

/**
 * Longest side of the picture in the report, pixels, and how many slices of a volume are listed, those with the highest
 * probabilities.
 */
const SIDE = 640;
const LISTED = 20;

/**
 * One or two pages on one scan: its picture, the answer and what speaks against it. No header values are included; the picture is
 * shown as it is, including any burned-in text.
 */
export async function caseReport({
  runs,
  predictions,
  positiveName,
  names,
  language,
  within,
  now = new Date(),
}: CaseReportOptions): Promise<Buffer> {
  const words = (told: StoredMessage) => sayWhole(told, { language, shell: 'cli' });
  const say = <C extends MessageCode>(code: C, parameters: ParametersOf<C>) =>
    words(message(code, parameters));
  const share = (value: number) => value.toFixed(3);
  const { volumes = [], together = [] } = answersDocument(runs, predictions);
  const shownOnes = predictions
    .toSorted((a, b) => (b.probability ?? -1) - (a.probability ?? -1))
    .slice(0, LISTED * runs.length);
  const picture = shownOnes.find(({ sha256, error }) => sha256 !== null && error === null);
  const networks = new Map(runs.map(({ id, network }) => [id, network]));
  const shortened = (file: string) => (within === undefined ? file : file.replace(within + path.sep, ''));
  const nameOf = (file: string) => {
    const frame = frameInName.exec(file)?.[1] ?? '';
    return names ? shortened(file) : frame;
  };
  const answerOf = ({ answer, label, error }: Prediction) =>
    error === null && (answer === 'positive' || answer === 'negative') && label !== null
      ? label
      : say('answerWord', { of: answer });
  /** A training scan's file name may identify a patient, too. */
  const factsOf = (one: Notice) => ({ ...noticeFacts(one), ...(!names && 'file' in one && { file: '…' }) });
  const head = (['picture', 'model', 'answer', 'probability', 'calibrated', 'threshold'] as const).map(
    (of): TableCell => ({ text: say('caseHeading', { of }), bold: true }),
  );
  const rows = shownOnes.map((one): TableCell[] => [
    nameOf(one.file),
    `${networks.get(one.runId) ?? ''} ${one.runId}`,
    answerOf(one),
    one.probability === null ? '–' : share(one.probability),
    one.calibrated === null ? '–' : share(one.calibrated),
    share(one.threshold),
  ]);
  // A notice that applies to several pictures is listed once.
  const said = new Set(
    predictions.flatMap(({ notices, error, facts }) =>
      error === null
        ? notices.map((one) => words(messageOfWorded({ message: one.code, facts: factsOf(one) })))
        : [
            names
              ? words(messageOfWorded({ message: error, facts: facts ?? null }))
              : say('answerWord', { of: 'refused' }),
          ],
    ),
  );
  const content: Content[] = [
    { text: say('caseTitle', {}), fontSize: 20, bold: true },
    {
      text: `${say('researchUse', {})}${language === 'en' ? '' : ` ${RESEARCH_USE}`}`,
      bold: true,
      margin: [0, 4, 0, 8],
    },
    {
      text: say('caseMade', { falx: falxVersion(), date: now.toISOString().slice(0, 16).replace('T', ' ') }),
      fontSize: 9,
    },
    ...(names && predictions[0]
      ? [{ text: shortened(predictions[0].file).replace(frameInName, ''), fontSize: 9 }]
      : []),
    ...(picture
      ? [
          {
            image: await pictureOf(picture),
            fit: [240, 240] as [number, number],
            margin: [0, 10, 0, 10] as [number, number, number, number],
          },
        ]
      : []),
    ...together.map(({ answer, probability, low, high, models, positive, disagree, file }) => ({
      text: say('predictedTogether', {
        file: nameOf(file) || say('caseScan', {}),
        answer,
        probability: share(probability),
        low: share(low),
        high: share(high),
        models,
        disagree: disagree ? ('yes' as const) : ('no' as const),
        positive,
        name: positiveName,
      }),
    })),
    ...volumes.map((volume) => ({
      text: words(
        volumeMessage(
          { ...volume, file: say('caseScan', {}), highest: nameOf(volume.highest) },
          positiveName,
          3,
        ),
      ),
    })),
    {
      table: { headerRows: 1, body: [head, ...rows] },
      layout: 'lightHorizontalLines',
      fontSize: 9,
      margin: [0, 8, 0, 8],
    },
    { text: say('caseMeans', { name: positiveName }), fontSize: 9 },
    ...(said.size === 0
      ? []
      : [
          {
            text: say('caseAgainst', {}),
            bold: true,
            margin: [0, 8, 0, 2] as [number, number, number, number],
          },
        ]),
    { ul: [...said], fontSize: 9 },
  ];
  return pdfOf({
    info: { title: say('caseTitle', {}), creator: `Falx ${falxVersion()}`, subject: RESEARCH_USE },
    pageSize: 'A4',
    pageMargins: [50, 50, 50, 50],
    content,
    footer: (page, pages) => ({
      text: `${say('researchUse', {})}   ${page} / ${pages}`,
      fontSize: 8,
      alignment: 'center',
    }),
  });
}

async function pictureOf({ file, sha256 }: Prediction): Promise<string> {
  const named = pictureNamed(file);
  const jpeg = await thumbnailInSubprocess('', { ...named, sha256: sha256! }, SIDE);
  return `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
}
