import { FalxError } from '../../../contract/errors.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import type { Grouping } from '../../../contract/grouping.ts';
import { partNames, type Dataset } from '../../../contract/records.ts';
import { leaveOutOf } from '../../../split/leave-out.ts';
import { makeSearchedFolds, makeSearchedSplit } from '../../../split/searched-split.ts';
import {
  checkNumbers,
  makeFolds,
  makeSplit,
  strayed,
  type SplitMade,
} from '../../../split/split-handlers.ts';
import type { Context } from '../main.ts';
import { resolveDataset } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { table } from '../text.ts';
import { certificateLines } from './certificate-text.ts';
import { ensureChecked } from './check-command.ts';
import { withRecords } from './with-registry.ts';

export type SplitOptions = {
  test?: number;
  validation?: number;
  seed?: number;
  useGiven?: boolean;
  by?: string;
  pattern?: string;
  folds?: number;
  leaveOut?: string;
  csv?: string;
  /** False: no search for twins first. */
  check: boolean;
};

export async function split(context: Context, typed: string, options: SplitOptions): Promise<void> {
  const { by, pattern, folds, leaveOut: left, csv, check, ...how } = options;
  const grouping = groupingOf(by, pattern);
  if (folds !== undefined && (how.test !== undefined || how.useGiven))
    throw new FalxError('foldsMakeTest', {});
  if (left !== undefined && (folds !== undefined || how.test !== undefined || how.useGiven))
    throw new FalxError('leaveOutFolds', {});
  if (left === undefined && csv !== undefined) throw new FalxError('csvWithoutBy', { csv });
  if (left === undefined) checkNumbers({ ...how, folds });
  const { output } = context;
  const searching = {
    onProgress: (round: number, percent: number) =>
      output.progress.show(output.say('progressAcross', { round, percent })),
    onFold: (done: number, of: number) => output.progress.show(output.say('progressFold', { done, of })),
  };
  await withRecords(context, async (registry) => {
    const dataset = resolveDataset(registry, typed);
    // A split that leaks silently would be worse than one that takes a minute.
    if (check) await ensureChecked(context, registry, dataset);
    const request = { registry, datasetId: dataset.id, ...how, grouping };
    if (left !== undefined) {
      const choice = { by: left, ...(csv === undefined ? {} : { csv }) };
      const leaveOut = await leaveOutOf(registry, dataset, choice);
      const of = { ...request, leaveOut };
      const made = check ? await makeSearchedFolds(of, searching) : makeFolds(of, searching.onFold);
      const count = strayed(leaveOut, made, registry);
      if (count > 0) context.output.note(context.output.say('leftOutStrayed', { count, by: left }));
      context.output.answer({ set: made[0]!.split.fold!.set, splits: made, strayed: count }, () =>
        foldsText(dataset, made, context.output, leaveOut.order),
      );
    } else if (folds === undefined) {
      const made = check ? await makeSearchedSplit(request, searching) : makeSplit(request);
      context.output.answer(made, () => splitText(dataset, made, context.output));
    } else {
      const of = { ...request, folds };
      const made = check ? await makeSearchedFolds(of, searching) : makeFolds(of, searching.onFold);
      context.output.answer({ set: made[0]!.split.fold!.set, splits: made }, () =>
        foldsText(dataset, made, context.output),
      );
    }
    if (!check) context.output.note(context.output.say('noted', { said: message('splitUnchecked', {}) }));
  });
}

/** Undefined: by patient where known, otherwise by twins. */
function groupingOf(by: string | undefined, pattern: string | undefined): Grouping | undefined {
  if (pattern !== undefined) {
    if (by !== undefined && by !== 'pattern') throw new FalxError('patternExcludesBy', { by });
    return { by: 'pattern', pattern };
  }
  if (by === undefined || by === 'twins' || by === 'patient' || by === 'none') return by && { by };
  if (by === 'pattern') throw new FalxError('patternMissing', {});
  throw new FalxError('groupingUnknown', { by });
}

const countsRow = (dataset: Dataset, { counts, classes }: SplitMade, part: (typeof partNames)[number]) => [
  String(counts[part]),
  ...dataset.classes.map((name) => String(classes[part][name])),
];

function splitText(dataset: Dataset, made: SplitMade, { say }: Speech): string {
  return [
    say('splitMade', { id: made.split.id, name: dataset.name, seed: String(made.split.seed) }),
    table(
      [say('heading', { of: 'part' }), say('heading', { of: 'images' }), ...dataset.classes],
      partNames.map((part) => [say('partName', { part }), ...countsRow(dataset, made, part)]),
    ),
    ...certificateLines(made.split.certificate, say),
    `  SHA-256 ${made.split.hash}`,
    say('next', { command: `falx train ${made.split.id}` }),
  ].join('\n');
}

function foldsText(
  dataset: Dataset,
  made: readonly SplitMade[],
  { say }: Speech,
  leftOut: readonly string[] | null = null,
): string {
  const [first] = made;
  return [
    say('foldsMade', { folds: made.length, name: dataset.name, seed: String(first!.split.seed) }),
    table(
      [
        say('heading', { of: 'split' }),
        ...(leftOut ? [say('studyColumn', { of: 'leftOut' })] : []),
        ...(['train', 'validation', 'test'] as const).map((of) => say('heading', { of })),
        ...dataset.classes.map((name) => say('testOf', { name })),
      ],
      made.map((one, index) => [
        one.split.id,
        ...(leftOut ? [leftOut[index]!] : []),
        String(one.counts.train),
        String(one.counts.validation),
        ...countsRow(dataset, one, 'test'),
      ]),
    ),
    ...certificateLines(first!.split.certificate, say),
    say('next', { command: `falx train ${first!.split.fold!.set}` }),
  ].join('\n');
}
