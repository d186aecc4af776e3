import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { ActiveRun, RunView, TrainingState } from '../../../src-main/contract/views.ts';

/** A run's progress, 0 to 1 over all its epochs; null while unknown. */
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

/** The state of a split's training, from its runs and the queue. */
export type Situation = {
  /** This split's runs that are training here. */
  active: readonly { run: ActiveRun; view: RunView }[];
  /** Active runs of other splits. */
  others: readonly ActiveRun[];
  /** All queued runs in order, including other splits'. */
  waiting: readonly { runId: string; view: RunView | undefined; ofSplit: boolean }[];
  /** This split's runs that are neither training nor queued, the most recent first. */
  ended: readonly RunView[];
  /** Runs are queued, but nothing processes the queue. */
  stalled: boolean;
  /** All of this split's runs have ended, and some have a model. */
  done: boolean;
};

export function situationOf(runs: readonly RunView[], training: TrainingState, splitId: string): Situation {
  const byId = new Map(runs.map((view) => [view.run.id, view]));
  const ofSplit = runs.filter((view) => view.run.splitId === splitId);
  const activeIds = new Set(training.active.map(({ runId }) => runId));
  const queued = new Set(training.queue);
  const active = training.active.flatMap((run) => {
    const view = byId.get(run.runId);
    return view?.run.splitId === splitId ? { run, view } : [];
  });
  const waiting = training.queue.map((runId) => {
    const view = byId.get(runId);
    return { runId, view, ofSplit: view?.run.splitId === splitId };
  });
  const ended = ofSplit
    .filter(({ run }) => !activeIds.has(run.id) && !queued.has(run.id))
    .sort((a, b) => lastChanged(b).localeCompare(lastChanged(a)));
  return {
    active,
    others: training.active.filter(({ runId }) => !active.some(({ view }) => view.run.id === runId)),
    waiting,
    ended,
    stalled:
      training.active.length === 0 &&
      training.queue.length > 0 &&
      !training.trainedElsewhere &&
      !training.held,
    done:
      active.length === 0 &&
      !waiting.some((entry) => entry.ofSplit) &&
      ended.some((view) => view.hasModel) &&
      !ended.some((view) => view.run.status === 'running'),
  };
}

const lastChanged = ({ run }: RunView): string => run.ended ?? run.started ?? run.created;

/**
 * The runs whose curves are drawn by default: the newest of each network. Queued ones count, so that a new training does
 * not begin beside the last one's curves; runs that never started do not.
 */
export function shownByDefault(runs: readonly RunView[]): Set<string> {
  const newest = new Map<NetworkName, RunView>();
  for (const view of runs) {
    const { network, status, created } = view.run;
    if (view.epochsDone === 0 && status !== 'running' && status !== 'queued') continue;
    const known = newest.get(network);
    if (!known || created > known.run.created) newest.set(network, view);
  }
  return new Set([...newest.values()].map(({ run }) => run.id));
}
