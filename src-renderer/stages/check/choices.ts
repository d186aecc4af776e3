import type { Decision, GroupView } from '../../../src-main/contract/check.ts';

/** What can be decided about a group, in the order of the buttons, and the letter that does it. */
export const choices = [
  { kind: 'keep', letter: 'K' },
  { kind: 'drop', letter: 'D' },
  { kind: 'same-patient', letter: 'P' },
  { kind: 'not-twins', letter: 'N' },
] as const satisfies readonly { kind: Decision['kind']; letter: string }[];

/** The decision a key stands for: by its letter, or by its place where the keyboard writes others (ㅏ for K). */
export function keyOf({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): Decision['kind'] | undefined {
  const latin = /^[a-z]$/i.test(key) ? key.toUpperCase() : code.replace(/^Key/, '');
  return choices.find(({ letter }) => letter === latin)?.kind;
}

/**
 * The images that a decision about a group is about. With none chosen: all of it, but for dropping, which leaves the
 * first that is not dropped yet. What is no twin is told apart from the first; one alone is of the first's patient.
 * @returns null where there is nothing to decide.
 */
export function decisionOf(
  { first, twins, dropped }: Pick<GroupView, 'first' | 'twins' | 'dropped'>,
  kind: Decision['kind'],
  chosen: readonly number[],
): number[] | null {
  const all = [first.id, ...twins.map(({ image }) => image.id)];
  const left = all.filter((id) => !dropped.includes(id));
  if (kind === 'drop') {
    const ids = chosen.length > 0 ? left.filter((id) => chosen.includes(id)) : left.slice(1);
    return ids.length > 0 ? ids : null;
  }
  if (chosen.length === 0) return all;
  const those = all.filter((id) => chosen.includes(id));
  if (kind === 'keep' || (kind === 'same-patient' && chosen.length > 1)) return those;
  // Twins hang on the first: what is said of one of them is said of it and the first.
  return those.every((id) => id === first.id) ? all : [...new Set([first.id, ...those])];
}
