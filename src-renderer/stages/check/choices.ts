import type { Decision, GroupView } from '../../../src-main/contract/check.ts';

/** The possible decisions about a group, in the order of the buttons, and their keys. */
export const choices = [
  { kind: 'keep', letter: 'K' },
  { kind: 'drop', letter: 'D' },
  { kind: 'same-patient', letter: 'P' },
  { kind: 'not-twins', letter: 'N' },
] as const satisfies readonly { kind: Decision['kind']; letter: string }[];

/** The decision of a key: by its letter, or by its position on keyboards with another script (ㅏ for K). */
export function keyOf({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): Decision['kind'] | undefined {
  const latin = /^[a-z]$/i.test(key) ? key.toUpperCase() : code.replace(/^Key/, '');
  return choices.find(({ letter }) => letter === latin)?.kind;
}

/**
 * The images that a decision about a group applies to. With none chosen: the whole group, except that dropping keeps
 * the first one not dropped yet. "Not twins" always includes the first; so does "same patient" with one image chosen.
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
  const selected = all.filter((id) => chosen.includes(id));
  if (kind === 'keep' || (kind === 'same-patient' && chosen.length > 1)) return selected;
  // Twins are linked through the first: a statement about one of them is about it and the first.
  return selected.every((id) => id === first.id) ? all : [...new Set([first.id, ...selected])];
}
