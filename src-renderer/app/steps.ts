import type { RunView } from '../../src-main/contract/views.ts';
import type { StepName } from './address.ts';

export type StepState = 'done' | 'current' | 'open' | 'later';

type Progress = {
  current: StepName | null;
  datasetId: string | null;
  /** Whether the dataset has been checked. */
  checked: boolean;
  splitId: string | null;
  /** Runs of the selected split. */
  runs: readonly RunView[];
  hasModel: boolean;
  /** Whether any run of the dataset, also of another split, has a model. */
  datasetTrained?: boolean;
};

/** The wizard's progress: what is done, and what can be opened now (`open`) or not yet (`later`). */
export function stepStates(progress: Progress): Record<StepName, StepState> {
  const { current, datasetId, checked, splitId, runs, hasModel, datasetTrained } = progress;
  const trained = runs.some((run) => run.hasModel);
  const done: Record<StepName, boolean> = {
    data: datasetId !== null,
    check: checked,
    split: splitId !== null,
    train: trained,
    compare: runs.some((run) => run.metrics !== null),
    predict: hasModel,
  };
  const reachable: Record<StepName, boolean> = {
    data: true,
    check: done.data,
    split: done.data,
    train: done.split,
    compare: trained || datasetTrained === true,
    predict: true,
  };
  const stateOf = (step: StepName): StepState => {
    if (step === current) return 'current';
    if (done[step] && reachable[step]) return 'done';
    return reachable[step] ? 'open' : 'later';
  };
  return {
    data: stateOf('data'),
    check: stateOf('check'),
    split: stateOf('split'),
    train: stateOf('train'),
    compare: stateOf('compare'),
    predict: stateOf('predict'),
  };
}
