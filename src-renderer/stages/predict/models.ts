import { thresholdOf, type Preferences, type RunView } from '../../../src-main/contract/views.ts';

/** Models used on one scan at most; the core's limit is 10. */
const maxModels = 10;

export type ModelInUse = {
  view: RunView;
  threshold: number;
  /** `chosen`: by the user; `suggested`: none was chosen; `replaced`: the chosen one no longer exists. */
  why: 'chosen' | 'suggested' | 'replaced';
};

type Chosen = Pick<Preferences, 'model' | 'thresholds'>;
type AnswerPreferences = Chosen & Partial<Pick<Preferences, 'errorRate'>>;

/** The model that predicts: the chosen one, else the best available; null if there is none. */
export function modelInUse(runs: readonly RunView[], preferences: Chosen): ModelInUse | null {
  const { model: chosen } = preferences;
  const usable = runs.filter(({ hasModel }) => hasModel);
  const view = chosen && usable.find(({ run }) => run.id === chosen.runId);
  if (chosen && view) return { view, threshold: chosen.threshold, why: 'chosen' };
  const [best] = usable.toSorted((a, b) => scoreOf(b) - scoreOf(a) || newer(a, b));
  if (!best) return null;
  const threshold = thresholdOf(preferences, best.run.id);
  return { view: best, threshold, why: chosen ? 'replaced' : 'suggested' };
}

/** Identifies the models, their thresholds and the error rate that answers were made with. */
export const answerKey = (runIds: readonly string[], preferences: AnswerPreferences): string =>
  [...runIds.map((runId) => `${runId} ${thresholdOf(preferences, runId)}`), preferences.errorRate ?? ''].join(
    '\n',
  );

/**
 * The other models that predict besides the one in use: those of the same split, which had the same training data. The
 * newest of every other network comes first.
 */
export function otherModels(runs: readonly RunView[], inUse: RunView): RunView[] {
  const others = runs
    .filter(({ run, hasModel }) => hasModel && run.splitId === inUse.run.splitId && run.id !== inUse.run.id)
    .sort(newer);
  const networks = new Set([inUse.run.network]);
  const first: RunView[] = [];
  const rest: RunView[] = [];
  for (const view of others) {
    if (networks.has(view.run.network)) rest.push(view);
    else {
      networks.add(view.run.network);
      first.push(view);
    }
  }
  return [...first, ...rest].slice(0, maxModels - 1);
}

/** The test set's AUC where it is known; models that were never evaluated rank below all that were. */
const scoreOf = ({ metrics, validationAccuracy }: RunView): number =>
  metrics ? 1 + (metrics.auc ?? metrics.accuracy.value ?? 0) : (validationAccuracy ?? 0);

const newer = (a: RunView, b: RunView): number => b.run.created.localeCompare(a.run.created);
