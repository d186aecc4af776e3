import { parseArgs } from 'node:util';

/** What every torture takes: `--seed N --count N --quick`. */
export function options(full: number, quick: number): { seed: number; count: number; quick: boolean } {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, count: { type: 'string' }, quick: { type: 'boolean' } },
  });
  const isQuick = values.quick ?? false;
  return {
    seed: Number(values.seed ?? 1),
    count: Number(values.count ?? (isQuick ? quick : full)),
    quick: isQuick,
  };
}

/** Numbers from 0 to below 1, the same for the same seed: Park and Miller's generator. */
export function randomFrom(seed: number): () => number {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Ends the process with what went wrong, or says that all is well. */
export function conclude(wrong: readonly string[], said: string): void {
  console.log(said);
  for (const line of wrong) console.error(`WRONG  ${line}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
