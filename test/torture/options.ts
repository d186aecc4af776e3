import { parseArgs } from 'node:util';

export type Options = {
  seed: number;
  count: number;
  quick: boolean;
  from: number;
  minutes: number;
  only?: string | undefined;
};

/**
 * Options of all torture tests: `--seed N --count N --quick`; long ones also `--from N`, attempts to skip because an earlier call
 * with this seed has made them, `--minutes N`, after which no other is started, and `--only PART`.
 */
export function options(full: number, quick: number): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { seed: text, count: text, from: text, minutes: text, only: text, quick: { type: 'boolean' } },
  });
  const isQuick = values.quick ?? false;
  return {
    seed: Number(values.seed ?? 1),
    count: Number(values.count ?? (isQuick ? quick : full)),
    quick: isQuick,
    from: Number(values.from ?? 0),
    minutes: Number(values.minutes ?? Infinity),
    only: values.only,
  };
}

/** Random numbers from 0 to below 1 by a seed: Park and Miller's generator. */
export function randomFrom(seed: number): () => number {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Prints the progress, on a line of its own at most every ten seconds. */
export function progressOf(total = Infinity): (what: string) => void {
  const began = performance.now();
  let [done, told] = [0, began];
  return (what) => {
    done += 1;
    const now = performance.now();
    if (now - told < 10_000 && done < total) return;
    told = now;
    process.stderr.write(
      `${done}${total === Infinity ? '' : ` of ${total}`}, ${Math.round((now - began) / 1000)} s: ${what}\n`,
    );
  };
}

/** Ends the process with the errors, or reports that there are none. */
export function conclude(wrong: readonly string[], said: string): void {
  console.log(said);
  for (const line of wrong) console.error(`WRONG  ${line}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
