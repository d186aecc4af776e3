import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work in steps: a generator that yields wherever it can be paused, every few thousand steps or so. */
export type Steps<T> = Generator<void, T, void>;

/** Iterations of a long loop between two yields: a few milliseconds. */
export const STEP_LENGTH = 1024;

/** Milliseconds for which work blocks others, at most one step more. */
const LONGEST_TURN = 12;

/** Runs work to its end without pauses. */
export function runToEnd<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Runs work in turns with everything else that waits. @param signal cancels it, with its reason. */
export async function runInTurns<T>(work: Steps<T>, signal?: AbortSignal): Promise<T> {
  let began = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - began < LONGEST_TURN) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
}

/** A list, in steps. */
export function* forEachInSteps<T>(list: Iterable<T>, each: (one: T, place: number) => void): Steps<void> {
  let place = 0;
  for (const one of list) {
    each(one, place);
    place += 1;
    if (place % STEP_LENGTH === 0) yield;
  }
}

/** Sorts by string keys, as `sort` does: runs of a few thousand, then merged pairwise. @returns a new list. */
export function* sortedBy<T>(list: readonly T[], key: (one: T) => string): Steps<T[]> {
  const keyed: { key: string; one: T }[] = [];
  yield* forEachInSteps(list, (one) => keyed.push({ key: key(one), one }));
  let runs: (typeof keyed)[] = [];
  for (let from = 0; from < keyed.length; from += RUN) {
    runs.push(keyed.slice(from, from + RUN).sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))));
    yield;
  }
  while (runs.length > 1) {
    const merged: typeof runs = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(yield* mergedOf(runs[at]!, runs[at + 1] ?? []));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ one }) => one);
}

const RUN = 4096;

function* mergedOf<T extends { key: string }>(first: readonly T[], second: readonly T[]): Steps<T[]> {
  const merged: T[] = [];
  let [a, b] = [0, 0];
  while (a < first.length || b < second.length) {
    const takesFirst = b === second.length || (a < first.length && first[a]!.key <= second[b]!.key);
    merged.push(takesFirst ? first[a++]! : second[b++]!);
    if (merged.length % STEP_LENGTH === 0) yield;
  }
  return merged;
}
