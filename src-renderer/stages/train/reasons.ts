/**
 * What the core writes about a run that was interrupted, by the key of its translation (`train.reason.…`). A test sees
 * that the core still writes it so. Anything else is shown as it is.
 */
export const reasons = {
  brokenOff: 'It was broken off.',
  notBegun: 'It was stopped before training began.',
  abandoned: 'The Falx that trained it ended before the run did.',
} as const;

/** The command line's way to resume, which a window has a button for. */
const advice = /\s*Resume it in the window, or with "falx train --resume [^"]+"\./;

/** A run's error, taken apart: what is known, and what else it says. */
export function reasonOf(error: string): { known: keyof typeof reasons | null; rest: string } {
  const rest = error.replace(advice, '').trim();
  const known = (Object.keys(reasons) as (keyof typeof reasons)[]).find((key) =>
    rest.startsWith(reasons[key]),
  );
  return known ? { known, rest: rest.slice(reasons[known].length).trim() } : { known: null, rest };
}
