import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { ActiveRun, RunView, TrainingState } from '../../../src-main/contract/views.ts';

/** How far a run is, 0 to 1 over all its epochs; null while that can't be told. */
export function fractionDone(
  run: Pick<ActiveRun, 'phase' | 'pixels' | 'epoch' | 'epochs' | 'step' | 'steps'>,
): number | null {
  if (run.phase === 'preparing')
    return run.pixels && run.pixels.total > 0 ? run.pixels.done / run.pixels.total : null;
  if (run.phase === 'evaluating') return 1;
  if (run.phase === 'starting' || run.steps === 0 || run.epochs === 0) return null;
  const done = (Math.max(1, run.epoch) - 1) * run.steps + run.step;
  return Math.min(1, done / (run.epochs * run.steps));
}

/** What the screen shows of a split's training, from the runs there are and what is under way. */
export type Situation = {
  /** This split's runs that are being trained here. */
  active: readonly { run: ActiveRun; view: RunView }[];
  /** Those of other splits. */
  others: readonly ActiveRun[];
  /** Every run that waits, in order, those of other splits too. */
  waiting: readonly { runId: string; view: RunView | undefined; mine: boolean }[];
  /** This split's runs that neither train nor wait, the last one first. */
  ended: readonly RunView[];
  /** Runs wait, and nothing works on them. */
  leftOver: boolean;
  /** All of this split's runs are over, and some have a model. */
  done: boolean;
};

export function situationOf(runs: readonly RunView[], training: TrainingState, splitId: string): Situation {
  const byId = new Map(runs.map((view) => [view.run.id, view]));
  const mine = runs.filter((view) => view.run.splitId === splitId);
  const activeIds = new Set(training.active.map(({ runId }) => runId));
  const queued = new Set(training.queue);
  const active = training.active.flatMap((run) => {
    const view = byId.get(run.runId);
    return view?.run.splitId === splitId ? { run, view } : [];
  });
  const waiting = training.queue.map((runId) => {
    const view = byId.get(runId);
    return { runId, view, mine: view?.run.splitId === splitId };
  });
  const ended = mine
    .filter(({ run }) => !activeIds.has(run.id) && !queued.has(run.id))
    .sort((a, b) => lastTouched(b).localeCompare(lastTouched(a)));
  return {
    active,
    others: training.active.filter(({ runId }) => !active.some(({ view }) => view.run.id === runId)),
    waiting,
    ended,
    leftOver:
      training.active.length === 0 &&
      training.queue.length > 0 &&
      !training.trainedElsewhere &&
      !training.held,
    done:
      active.length === 0 &&
      !waiting.some((entry) => entry.mine) &&
      ended.some((view) => view.hasModel) &&
      !ended.some((view) => view.run.status === 'running'),
  };
}

const lastTouched = ({ run }: RunView): string => run.ended ?? run.started ?? run.created;

/**
 * The runs whose curves are drawn unless a person chooses: the newest of each network. One that waits counts, so that
 * a new training does not begin beside the curves of the last; one that was never begun does not.
 */
export function shownAtFirst(runs: readonly RunView[]): Set<string> {
  const newest = new Map<NetworkName, RunView>();
  for (const view of runs) {
    const { network, status, created } = view.run;
    if (view.epochsDone === 0 && status !== 'running' && status !== 'queued') continue;
    const known = newest.get(network);
    if (!known || created > known.run.created) newest.set(network, view);
  }
  return new Set([...newest.values()].map(({ run }) => run.id));
}
