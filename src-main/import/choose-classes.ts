import { nameTogether, type ClassChoice } from '../contract/labels.ts';
import { FalxError } from '../contract/errors.ts';
import { keyOf } from '../system/file-names.ts';
import { findingSign } from './positive.ts';

/** A requested class, and the found classes that it consists of. */
export interface Chosen<Found> {
  name: string;
  of: Found[];
}

/**
 * Picks, and merges, the two classes that the user requests.
 * @param missing the error for a name that none of `found` has.
 * @throws FalxError `bad-usage` not two classes, or one of them named twice.
 */
export function chooseClasses<Found extends { name: string }>(
  found: readonly Found[],
  wanted: readonly ClassChoice[],
  missing: (name: string) => FalxError,
): Chosen<Found>[] {
  const taken = new Set<string>();
  const chosen = wanted.map(({ name, of }) => ({
    name: of.length === 1 && keyOf(of[0]!) === keyOf(name) ? named(found, name, missing).name : name,
    of: of.map((one) => {
      if (taken.has(keyOf(one)) || !taken.add(keyOf(one))) throw notTwoChosen(wanted);
      return named(found, one, missing);
    }),
  }));
  if (new Set(chosen.map(({ name }) => keyOf(name))).size !== 2 || chosen.length !== 2)
    throw notTwoChosen(wanted);
  return chosen;
}

function named<Found extends { name: string }>(
  found: readonly Found[],
  wanted: string,
  missing: (name: string) => FalxError,
): Found {
  const one = found.find(({ name }) => keyOf(name) === keyOf(wanted));
  if (one) return one;
  throw missing(wanted);
}

const notTwoChosen = (wanted: readonly ClassChoice[]): FalxError =>
  new FalxError('classesNotTwo', { classes: wanted.map(choiceInWords).join(',') });

/** Classes whose names show whether they are kinds of the finding or of its absence; null if one of them shows neither. */
export function suggestedClasses(names: readonly string[]): [ClassChoice, ClassChoice] | null {
  const of = (sign: number) => names.filter((name) => findingSign(name) === sign);
  const [finding, none] = [of(1), of(-1)];
  if (finding.length === 0 || none.length === 0 || finding.length + none.length < names.length) return null;
  return [
    { name: nameTogether(finding, none), of: finding },
    { name: nameTogether(none, finding), of: none },
  ];
}

/** As typed on the command line. */
export const choiceInWords = ({ name, of }: ClassChoice): string =>
  of.length === 1 && keyOf(of[0]!) === keyOf(name) ? of[0]! : `${name}=${of.join('+')}`;

/** An error's suggestion for choosing: two classes by their names, and how to type them. */
export interface Suggestion {
  suggested: [ClassChoice, ClassChoice] | null;
  example: string;
}

export const noSuggestion: Suggestion = { suggested: null, example: 'none' };

export function suggestion(names: readonly string[]): Suggestion {
  const suggested = suggestedClasses(names);
  return suggested ? { suggested, example: suggested.map(choiceInWords).join(',') } : noSuggestion;
}
