import { nameTogether, type ClassChoice } from '../../../src-main/contract/labels.ts';

/** Where a class folder or label goes: the class to be found, the other one, or nowhere. */
export type Side = 'finding' | 'other' | 'none';

/** As it is suggested; where nothing is, nothing is chosen. */
export function firstSides(names: readonly string[], suggested: readonly ClassChoice[] | null): Side[] {
  const [finding, other] = suggested ?? [];
  return names.map((name) =>
    finding?.of.includes(name) ? 'finding' : other?.of.includes(name) ? 'other' : 'none',
  );
}

const on = (names: readonly string[], sides: readonly Side[], side: Side): string[] =>
  names.filter((_, index) => sides[index] === side);

/** What a side is called unless a person says: empty while nothing is on it. */
export const nameOf = (names: readonly string[], sides: readonly Side[], side: 'finding' | 'other'): string =>
  nameTogether(on(names, sides, side), on(names, sides, side === 'finding' ? 'other' : 'finding'));

/** The two classes; null while one is made of nothing, or both are called the same. */
export function chosenClasses(
  names: readonly string[],
  sides: readonly Side[],
  called: Record<'finding' | 'other', string>,
): [ClassChoice, ClassChoice] | null {
  const [finding, other] = [on(names, sides, 'finding'), on(names, sides, 'other')];
  const [one, two] = [called.finding.trim(), called.other.trim()];
  if (finding.length === 0 || other.length === 0 || one === '' || two === '') return null;
  if (one.toLowerCase() === two.toLowerCase()) return null;
  return [
    { name: one, of: finding },
    { name: two, of: other },
  ];
}
