import { thresholdOf, type Preferences, type RunView } from '../../../src-main/contract/views.ts';

/** The most models that are asked about one scan; the core's limit is 10. */
const mostAsked = 10;

export type ModelInUse = {
  view: RunView;
  threshold: number;
  /** `chosen`: by the person; `suggested`: nothing was chosen; `replaced`: what was chosen is no longer there. */
  why: 'chosen' | 'suggested' | 'replaced';
};

type Chosen = Pick<Preferences, 'model' | 'thresholds'>;
type Asked = Chosen & Partial<Pick<Preferences, 'errorRate'>>;

/** Which model answers: the chosen one, else the best that there is; null when there is none. */
export function modelInUse(runs: readonly RunView[], preferences: Chosen): ModelInUse | null {
  const { model: chosen } = preferences;
  const usable = runs.filter(({ hasModel }) => hasModel);
  const view = chosen && usable.find(({ run }) => run.id === chosen.runId);
  if (chosen && view) return { view, threshold: chosen.threshold, why: 'chosen' };
  const [best] = usable.toSorted((a, b) => worthOf(b) - worthOf(a) || newer(a, b));
  if (!best) return null;
  const threshold = thresholdOf(preferences, best.run.id);
  return { view: best, threshold, why: chosen ? 'replaced' : 'suggested' };
}

/** Tells models at their thresholds and an error rate from others, or from the same at other ones: what answers were given by. */
export const nameOfModels = (runIds: readonly string[], preferences: Asked): string =>
  [...runIds.map((runId) => `${runId} ${thresholdOf(preferences, runId)}`), preferences.errorRate ?? ''].join(
    '\n',
  );

/**
 * The models that are asked beside the one in use: those of the same split, as they had the same chances. The
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
  return [...first, ...rest].slice(0, mostAsked - 1);
}

/** The AUC of the test part where it is known; a model that was never tested comes after all that were. */
const worthOf = ({ metrics, validationAccuracy }: RunView): number =>
  metrics ? 1 + (metrics.auc ?? metrics.accuracy.value ?? 0) : (validationAccuracy ?? 0);

const newer = (a: RunView, b: RunView): number => b.run.created.localeCompare(a.run.created);
