import { RESEARCH_USE } from './answers.ts';
import type { Cell } from './csv.ts';
import { frameInName, type Prediction } from './records.ts';

/** Answers as the rows of a file. */
export type AnswersTable = { head: readonly string[]; rows: (readonly Cell[])[] };

/**
 * One picture per row: probability and threshold 0 to 1, times in milliseconds; notices by their codes.
 * @param names whether files are named by their paths, which may identify a patient; otherwise each is numbered by its position,
 *   and an error is given by its code.
 */
export function answersTable(
  predictions: readonly Prediction[],
  { names }: { names: boolean },
): AnswersTable {
  const numbers = new Map<string, number>();
  const numbered = (file: string): string => {
    const frame = frameInName.exec(file)?.[0] ?? '';
    const whole = file.slice(0, file.length - frame.length);
    const number = numbers.get(whole) ?? numbers.size + 1;
    numbers.set(whole, number);
    return `${number}${frame}`;
  };
  const columns: readonly (readonly [string, (of: Prediction) => Cell])[] = [
    ['file', ({ file }) => (names ? file : numbered(file))],
    ['sha256', ({ sha256 }) => sha256],
    ['run', ({ runId }) => runId],
    ['probability', ({ probability }) => probability],
    ['threshold', ({ threshold }) => threshold],
    ['positive', ({ positive }) => positive],
    ['class', ({ label }) => label],
    ['ms', ({ milliseconds }) => milliseconds],
    ['error', ({ error, facts }) => (names || error === null ? error : whyOf(facts))],
    ['created', ({ created }) => created],
    ['answer', ({ answer }) => answer],
    ['notices', ({ notices }) => notices.map(({ code }) => code).join(' ')],
    ['calibrated', ({ calibrated }) => calibrated],
    ['error rate', ({ conformal }) => conformal?.errorRate],
    ['p positive', ({ conformal }) => conformal?.positive],
    ['p negative', ({ conformal }) => conformal?.negative],
    ['use', () => RESEARCH_USE],
  ];
  return {
    head: columns.map(([name]) => name),
    rows: predictions.map((prediction) => columns.map(([, of]) => of(prediction))),
  };
}

const whyOf = (facts: Prediction['facts']): string => {
  const why = facts?.['why'];
  return typeof why === 'string' ? why : 'unreadable';
};
