import { RESEARCH_USE } from '../contract/answers.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { frameInName, type Prediction, type Run } from '../contract/records.ts';
import { jointly, type Joint } from '../statistics/jointly.ts';
import { volumeAnswer } from '../statistics/volume-answer.ts';
import { volumesAmong } from '../statistics/volume-slices.ts';

type Named = Pick<Run, 'id' | 'network'>;
export type Together = Joint & { file: string };

export type VolumeAnswer = {
  /** Of a series the folder of its first slice. */
  file: string;
  /** The slices of a series in their order; left out for a file of several pictures. */
  files?: string[];
  runId: string;
  /** `refused` if at least half of its pictures are, or too few neighbours are left. */
  answer: 'positive' | 'negative' | 'refused';
  /** In the pictures' order; null if one has none. */
  probabilities: (number | null)[];
  /**
   * The highest mean of three neighbouring pictures, and the name of the middle one; refused pictures count only if the answer is
   * refused.
   */
  probability: number;
  highest: string;
  threshold: number;
  positive: boolean;
  /** How many of its pictures are refused. */
  refused: number;
};

/** What programs receive from `falx predict --json` and `falx serve --predict`. */
export type AnswersDocument = {
  run: Named;
  /** If several runs were asked: their names, and their joint answer for each picture, in the pictures' order. */
  runs?: Named[];
  together?: Together[];
  /** Files of several pictures, slices or frames, with each run's answer for the whole file; left out if there are none. */
  volumes?: VolumeAnswer[];
  use: string;
  predictions: readonly Prediction[];
};

/** @param runs that predicted, the first one first. */
export function answersDocument(
  runs: readonly [Run, ...Run[]],
  predictions: readonly Prediction[],
): AnswersDocument {
  const volumes = volumesIn(predictions);
  const named = ({ id, network }: Run): Named => ({ id, network });
  return {
    run: named(runs[0]),
    ...(runs.length > 1 && { runs: runs.map(named), together: togetherOf(predictions) }),
    ...(volumes.length > 0 && { volumes }),
    use: RESEARCH_USE,
    predictions,
  };
}

/** None for a file of which only one picture was requested. */
function volumesIn(predictions: readonly Prediction[]): VolumeAnswer[] {
  const volumes = [...Map.groupBy(predictions, ({ runId }) => runId).values()].flatMap(volumesAmong);
  return volumes.flatMap(({ slices, isSeries }) => {
    const [first] = slices;
    const probabilities = slices.map(({ probability }) => probability);
    const said = slices.length > 1 ? volumeAnswer(slices) : null;
    if (!first || !said) return [];
    const { runId, threshold } = first;
    const { probability, at, refused, isRefused } = said;
    const positive = probability >= threshold;
    const answer = isRefused ? 'refused' : positive ? 'positive' : 'negative';
    const named = isSeries
      ? { file: folderOf(first.file), files: slices.map(({ file }) => file) }
      : { file: first.file.replace(frameInName, '') };
    const highest = slices[at]!.file;
    return [{ ...named, runId, answer, probabilities, probability, highest, threshold, positive, refused }];
  });
}

/** A name without a folder is returned unchanged. */
const folderOf = (file: string): string => file.replace(/[/\\][^/\\]*$/, '') || file;

function togetherOf(predictions: readonly Prediction[]): Together[] {
  const byFile = Map.groupBy(predictions, ({ file }) => file);
  return [...byFile].flatMap(([file, said]) => {
    const joint = jointly(said);
    return joint ? [{ file, ...joint }] : [];
  });
}

/** A volume's answer in a sentence. @param name of its positive class. @param digits of the probability. */
export function volumeMessage(volume: VolumeAnswer, name: string, digits: number): Message {
  const { file, runId: run, answer, probability, highest: slice, positive, refused } = volume;
  if (answer === 'refused')
    return message('refusedVolume', { file, run, refused, pictures: volume.probabilities.length });
  return message('predictedVolume', {
    file,
    run,
    name,
    positive: positive ? 'yes' : 'no',
    probability: probability.toFixed(digits),
    slice,
    refused,
  });
}
