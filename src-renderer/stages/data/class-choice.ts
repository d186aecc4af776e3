import { nameTogether, type ClassChoice } from '../../../src-main/contract/labels.ts';

/** Where a class folder or label is assigned: to the positive class, the other one, or neither. */
export type Side = 'finding' | 'other' | 'none';

/** The suggested assignment; without one, none. */
export function firstSides(names: readonly string[], suggested: readonly ClassChoice[] | null): Side[] {
  const [finding, other] = suggested ?? [];
  return names.map((name) =>
    finding?.of.includes(name) ? 'finding' : other?.of.includes(name) ? 'other' : 'none',
  );
}

const assignedTo = (names: readonly string[], sides: readonly Side[], side: Side): string[] =>
  names.filter((_, index) => sides[index] === side);

/** The default name of a side: empty while nothing is assigned to it. */
export const nameOf = (names: readonly string[], sides: readonly Side[], side: 'finding' | 'other'): string =>
  nameTogether(
    assignedTo(names, sides, side),
    assignedTo(names, sides, side === 'finding' ? 'other' : 'finding'),
  );

/** The two classes; null while one is empty, or both have the same name. */
export function chosenClasses(
  names: readonly string[],
  sides: readonly Side[],
  called: Record<'finding' | 'other', string>,
): [ClassChoice, ClassChoice] | null {
  const [finding, other] = [assignedTo(names, sides, 'finding'), assignedTo(names, sides, 'other')];
  const [one, two] = [called.finding.trim(), called.other.trim()];
  if (finding.length === 0 || other.length === 0 || one === '' || two === '') return null;
  if (one.toLowerCase() === two.toLowerCase()) return null;
  return [
    { name: one, of: finding },
    { name: two, of: other },
  ];
}
