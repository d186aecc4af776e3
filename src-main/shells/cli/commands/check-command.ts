import { decide, dropTwins, redo, undo } from '../../../check/decisions.ts';
import { evidenceOf } from '../../../check/scan-groups.ts';
import { currentCheck } from '../../../check/check-handlers.ts';
import { previewPattern } from '../../../check/name-pattern.ts';
import { decisionKinds, type Decision, type PatternPreview } from '../../../contract/check.ts';
import { FalxError } from '../../../contract/errors.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import type { Dataset } from '../../../contract/records.ts';
import { nearest } from '../../../registry/nearest.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Context } from '../main.ts';
import { resolveDataset } from '../resolve.ts';
import type { Speech } from '../output.ts';
import { when } from '../text.ts';
import { checkText } from './check-text.ts';
import { withRegistry } from './with-registry.ts';

export type CheckOptions = {
  again?: boolean;
  dropTwins?: boolean;
  drop?: string[];
  keep?: string[];
  samePatient?: string[];
  notTwins?: string[];
  undo?: boolean;
  redo?: boolean;
  decisions?: boolean;
  pattern?: string;
};

/** Checks a dataset, or shows its existing check; first applies the decisions given. */
export async function check(context: Context, typed: string, options: CheckOptions): Promise<void> {
  const { again, ...rest } = options;
  if (Object.keys(rest).length > 1) throw new FalxError('oneThingAtATime', { options: optionsOf(rest) });
  await withRegistry(context, async (registry) => {
    const dataset = resolveDataset(registry, typed);
    if (options.pattern !== undefined) return showPattern(context, registry, dataset, options.pattern);
    if (options.decisions) return showDecisions(context, registry, dataset);
    const isNew = await ensureChecked(context, registry, dataset, again);
    if (!isNew && Object.keys(rest).length === 0)
      context.output.note(context.output.say('checkedBefore', {}));
    act(registry, dataset, options);
    const { checked } = await currentCheck({ registry, datasetId: dataset.id });
    context.output.answer(checked, () => checkText(checked, context.output));
  });
}

/** Makes sure that there is a current check of the dataset, and names the files it left out. @returns whether it is new. */
export async function ensureChecked(
  { output }: Context,
  registry: Registry,
  dataset: Dataset,
  again = false,
): Promise<boolean> {
  const { checked, isNew } = await currentCheck({
    registry,
    datasetId: dataset.id,
    again,
    onProgress: (step, done, total) =>
      output.progress.show(output.say('progressCheck', { step, done, total })),
  });
  for (const left of checked.unreadable.slice(0, NAMED)) {
    const said = message('checkLeftOut', { file: left.file, reason: output.reason(left) });
    output.note(output.say('noted', { said }));
  }
  return isNew;
}

/** Number of left-out files that are named; `--json` has all. */
const NAMED = 10;

function act(registry: Registry, dataset: Dataset, options: CheckOptions): void {
  const of = { registry, datasetId: dataset.id };
  if (options.dropTwins) dropTwins(of);
  if (options.undo) undo(of);
  if (options.redo) redo(of);
  const files: Record<Decision['kind'], string[] | undefined> = {
    drop: options.drop,
    keep: options.keep,
    'same-patient': options.samePatient,
    'not-twins': options.notTwins,
  };
  for (const kind of decisionKinds)
    if (files[kind]) decide({ ...of, kind, imageIds: idsOf(registry, dataset, files[kind]) });
}

/** @throws FalxError `not-found` for a file that is not in the dataset. */
function idsOf(registry: Registry, dataset: Dataset, files: readonly string[]): number[] {
  const ids = new Map(evidenceOf(registry, dataset.id).images.map(({ id, file }) => [file, id]));
  return files.map((file) => {
    const id = ids.get(file) ?? ids.get(file.replaceAll('\\', '/'));
    if (id !== undefined) return id;
    const near = nearest(file, [...ids.keys()], 3);
    throw new FalxError('imageUnknown', {
      dataset: dataset.id,
      name: dataset.name,
      file,
      count: near.length,
      near,
    });
  });
}

function showPattern({ output }: Context, registry: Registry, dataset: Dataset, pattern: string): void {
  const preview = previewPattern(pattern, evidenceOf(registry, dataset.id).images);
  output.answer({ dataset, pattern, ...preview }, () => patternText(dataset, pattern, preview, output));
}

function patternText(dataset: Dataset, pattern: string, preview: PatternPreview, { say }: Speech): string {
  const { groups, unmatched, largest, unmatchedFiles } = preview;
  return [
    say('patternGroups', { pattern, groups, name: dataset.name }),
    ...largest.map(
      ({ key, images, files }) =>
        `  ${say('patternGroup', { key, images, files: files.join(', ') })}${images > files.length ? ', …' : ''}`,
    ),
    ...(groups > largest.length ? [`  ${say('patternSmaller', { count: groups - largest.length })}`] : []),
    ...(unmatched > 0
      ? [
          say('patternUnmatched', { count: unmatched, files: unmatchedFiles.join(', ') }) +
            (unmatched > unmatchedFiles.length ? ', …' : ''),
        ]
      : []),
    ...(groups > 0 ? [say('next', { command: `falx split ${dataset.id} --pattern '${pattern}'` })] : []),
  ].join('\n');
}

function showDecisions({ output }: Context, registry: Registry, dataset: Dataset): void {
  const decisions = registry.checks.decisions(dataset.id).toReversed();
  const files = new Map(evidenceOf(registry, dataset.id).images.map(({ id, file }) => [id, file]));
  const named = decisions.map(({ imageIds, ...rest }) => ({
    ...rest,
    files: imageIds.flatMap((id) => files.get(id) ?? []),
  }));
  output.answer({ dataset, decisions: named }, () =>
    named.length === 0
      ? output.say('decidedNothing', { name: dataset.name })
      : named
          .map(
            ({ number, kind, files, created, undone }) =>
              `${number}  ${when(created)}  ${output.say('decisionKind', { kind: decisionCodes[kind], undone: undone ? 'yes' : 'no' })}: ` +
              `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` ${output.say('andMore', { count: files.length - 3 })}` : ''}`,
          )
          .join('\n'),
  );
}

const decisionCodes = {
  drop: 'drop',
  keep: 'keep',
  'same-patient': 'samePatient',
  'not-twins': 'notTwins',
} as const;

const optionsOf = (options: object): string[] =>
  Object.keys(options).map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
