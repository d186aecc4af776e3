/** How far the numbers of two slices that are called twins may lie apart. */
const APART = 20;

/**
 * Whether two files are called as slices of one volume that were saved one by one: the same but for one number, and these near each other.
 * @param one a path, as `other`.
 */
export function areNumberedNext(one: string, other: string): boolean {
  const [mine, its] = [one.split(NUMBER), other.split(NUMBER)];
  const differing = mine.flatMap((part, at) => (part === its[at] ? [] : [at]));
  const [at] = differing;
  // Numbers stand at odd places.
  if (mine.length !== its.length || differing.length !== 1 || at! % 2 === 0) return false;
  return Math.abs(Number(mine[at!]) - Number(its[at!])) <= APART;
}

/** What numbered files have in common: a name whose last number, not counting the extension's, is left out; null without one. */
export function seriesOf(file: string): string | null {
  const found = LAST_NUMBER.exec(file);
  return found && `${found[1]}#${found[2]}`;
}

const NUMBER = /(\d+)/;
/** Not in the extension, which may have a number, such as `.jp2`. */
const LAST_NUMBER = /^(.*?)\d+(\D*(?:\.\w+)?)$/s;
