import { createHash } from 'node:crypto';
import { FalxError } from '../contract/errors.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { ImageRecord, Part, Run } from '../contract/records.ts';
import type { Registry } from '../registry/registry.ts';
import { runInTurns, forEachInSteps, sortedBy, type Steps } from '../system/steps.ts';

type Hashed = Pick<ImageRecord, 'id' | 'sha256' | 'file'>;
export type Line = { id: number; line: string };

/** Images in the order in which a split's hash goes through them. */
export function* linesOf(images: readonly Hashed[]): Steps<Line[]> {
  // No line begins with the whole of another, so they can be sorted before their parts are known.
  const lines: Line[] = [];
  yield* forEachInSteps(images, ({ id, sha256, file }) =>
    lines.push({ id, line: JSON.stringify([sha256, file]) }),
  );
  return yield* sortedBy(lines, ({ line }) => line);
}

/** SHA-256 over the sorted (image SHA-256, file, part) of all images that have a part, and the grouping. */
export function* hashOfLines(
  sorted: readonly Line[],
  parts: ReadonlyMap<number, Part>,
  grouping: Grouping,
): Steps<string> {
  const hash = createHash('sha256');
  let lines: string[] = [];
  const flush = () => {
    hash.update(lines.join(''));
    lines = [];
  };
  yield* forEachInSteps(sorted, ({ id, line }) => {
    const part = parts.get(id);
    if (part) lines.push(`${line.slice(0, -1)},"${part}"]\n`);
    if (lines.length === 512) flush();
  });
  flush();
  return hash.update(JSON.stringify(grouping)).digest('hex');
}

/**
 * That a run's split is the one it was queued with, and its parts are those that its hash and certificate vouch for. Splits
 * of before there were certificates can't be told.
 * @throws FalxError `bad-split`
 */
export async function requireWholeSplit(registry: Registry, run: Run, signal?: AbortSignal): Promise<void> {
  const split = registry.splits.get(run.splitId);
  const parts = registry.parts.list(split.id);
  const whole = (): Steps<string> =>
    (function* () {
      const lines = yield* linesOf(registry.images.list(split.datasetId));
      const partOf = new Map(parts.map(({ imageId, part }) => [imageId, part]));
      return yield* hashOfLines(lines, partOf, split.certificate!.grouping);
    })();
  const found = split.certificate ? await runInTurns(whole(), signal) : split.hash;
  // An image twice would be in one part here, and in two where it is trained and tested.
  const twice = new Set(parts.map(({ imageId }) => imageId)).size !== parts.length;
  if (found === split.hash && run.splitHash === split.hash && !twice) return;
  throw new FalxError('splitChanged', { split: split.id, run: run.id });
}
