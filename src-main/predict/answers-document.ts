import { RESEARCH_USE } from '../contract/answers.ts';
import type { Prediction, Run } from '../contract/records.ts';
import { jointly, type Joint } from '../statistics/jointly.ts';

type Named = Pick<Run, 'id' | 'network'>;
export type Together = Joint & { file: string };

/** What programs are given: by `falx predict --json`, and by `falx serve --predict`. */
export type AnswersDocument = {
  run: Named;
  /** Where several were asked, and what they say of each picture together, in the pictures' order. */
  runs?: Named[];
  together?: Together[];
  use: string;
  predictions: readonly Prediction[];
};

/** @param runs those that were asked, the first one first. */
export function answersDocument(
  runs: readonly [Run, ...Run[]],
  predictions: readonly Prediction[],
): AnswersDocument {
  const named = ({ id, network }: Run): Named => ({ id, network });
  return {
    run: named(runs[0]),
    ...(runs.length > 1 && { runs: runs.map(named), together: togetherOf(predictions) }),
    use: RESEARCH_USE,
    predictions,
  };
}

function togetherOf(predictions: readonly Prediction[]): Together[] {
  const byFile = Map.groupBy(predictions, ({ file }) => file);
  return [...byFile].flatMap(([file, said]) => {
    const joint = jointly(said);
    return joint ? [{ file, ...joint }] : [];
  });
}
