import type { CheckView } from '../../../src-main/contract/check.ts';
import type { Grouping } from '../../../src-main/contract/grouping.ts';
import type { DatasetView, SplitView } from '../../../src-main/contract/views.ts';

type Choices = {
  test: number;
  validation: number;
  seed: number | undefined;
  useGiven: boolean;
  grouping: Grouping | null;
  folded: boolean;
  /** Images by the set given by their folder. */
  given: DatasetView['given'];
};

/** An existing split made with the same choices, if nothing has been checked or decided since. */
export function findSameSplit(
  { test, validation, seed, useGiven, grouping, folded, given }: Choices,
  splits: readonly SplitView[],
  check: CheckView,
): SplitView | undefined {
  const [wanted, changed] = [JSON.stringify(grouping), lastChange(check)];
  if (folded) return undefined;
  // Sets given by the folders do not follow the requested fractions.
  const fixed = (part: 'test' | 'validation') => useGiven && (given?.[part] ?? 0) > 0;
  const method = useGiven ? (grouping?.by === 'none' ? 'given' : 'mended') : 'stratified';
  return splits.find(
    ({ split }) =>
      split.fold === null &&
      (fixed('test') || split.testFraction === test) &&
      (fixed('validation') || split.validationFraction === validation) &&
      split.seed === seed &&
      split.method === method &&
      split.certificate !== null &&
      JSON.stringify(split.certificate.grouping) === wanted &&
      split.created >= changed,
  );
}

/** When the known twins last changed, ISO 8601; empty before the first check. */
const lastChange = ({ check, undo, redo }: CheckView): string =>
  [check?.created, undo?.created, redo?.undone].reduce<string>(
    (last, time) => (time && time > last ? time : last),
    '',
  );
