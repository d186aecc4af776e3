import { evidenceIn } from '../check/scan-groups.ts';
import { AcrossSearch, type AcrossParts } from '../check/search-across.ts';
import { CHECK_METHOD } from '../check/methods.ts';
import type { SearchedAcross } from '../contract/grouping.ts';
import { runInTurns, type Steps } from '../system/steps.ts';
import {
  drawnFolds,
  drawnParts,
  makeFoldsInSteps,
  makeSplitInSteps,
  type FoldOptions,
  type SplitMade,
  type SplitOptions,
} from './split-handlers.ts';

/** Draws at most: what is found in one is kept together in the next. */
const ROUNDS = 8;
/** Of the first search: the share that preparing takes. */
const PREPARED = 0.6;

export interface SearchHow {
  /** Called now and then, with how much of this round is done. */
  onProgress?: ((round: number, percent: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Whether a split so made is searched: not where copies are kept apart on purpose, nor before a check of the dataset as it is. */
export function isSearched({ registry, datasetId, grouping }: SplitOptions | FoldOptions): boolean {
  const dataset = registry.datasets.get(datasetId);
  const check = registry.checks.record(dataset.id);
  const isCurrent = check?.datasetHash === dataset.hash && check.method === CHECK_METHOD;
  return isCurrent && grouping?.by !== 'none';
}

/**
 * As `makeSplit`, of parts between which one scan was looked for once more, by a wider net than twins are: images of
 * validation and test among those of training, and of test among validation. What is found joins the twins of the check, and
 * the parts are drawn anew. Where it isn't `isSearched`, the same as `makeSplit`.
 * @throws FalxError as `makeSplit`; `cancelled`.
 */
export async function makeSearchedSplit(options: SplitOptions, how: SearchHow = {}): Promise<SplitMade> {
  const searched = await search(
    options,
    () => drawnParts(options),
    (part) => part > 1,
    how,
  );
  return runInTurns(makeSplitInSteps({ ...options, searched }), how.signal);
}

/** The same of folds: no scan may lie in two of them. @throws FalxError as `makeFolds`; `cancelled`. */
export async function makeSearchedFolds(
  options: FoldOptions,
  how: SearchHow & { onFold?: ((done: number, of: number) => void) | undefined } = {},
): Promise<SplitMade[]> {
  const searched = await search(
    options,
    () => drawnFolds(options),
    () => true,
    how,
  );
  return runInTurns(makeFoldsInSteps({ ...options, searched }, how.onFold), how.signal);
}

async function search(
  options: SplitOptions | FoldOptions,
  draw: () => Steps<Map<number, number>>,
  asks: (part: number) => boolean,
  { onProgress, signal }: SearchHow,
): Promise<SearchedAcross | undefined> {
  if (!isSearched(options)) return undefined;
  const { registry } = options;
  const dataset = registry.datasets.get(options.datasetId);
  const evidenceNow = () => runInTurns(evidenceIn(registry, dataset.id), signal);
  const across = await AcrossSearch.open({
    ...{ registry, dataset, signal },
    evidence: await evidenceNow(),
    onProgress: (share) => onProgress?.(1, Math.round(100 * PREPARED * share)),
  });
  try {
    let searched: Found | undefined;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = round === 1 ? PREPARED : 0;
      const found = await across.between({
        partOf: await runInTurns(draw(), signal),
        evidence: await evidenceNow(),
        asks,
        onProgress: (share) => onProgress?.(round, Math.round(100 * (before + (1 - before) * share))),
      });
      searched = added(searched, found, round === ROUNDS);
      if (found.links.length === 0) break;
      if (round < ROUNDS) registry.checks.join(dataset.id, found.links);
    }
    return searched && { ...searched, known: registry.checks.record(dataset.id)?.joined?.length ?? 0 };
  } finally {
    await across.close();
  }
}

type Found = Omit<SearchedAcross, 'known'>;

function added(before: Found | undefined, across: AcrossParts, isLast: boolean): Found {
  const found = across.links.length;
  return {
    compared: (before?.compared ?? 0) + across.compared,
    joined: (before?.joined ?? 0) + (isLast ? 0 : found),
    left: isLast ? found : 0,
    planted: across.planted,
    recovered: across.recovered,
  };
}
