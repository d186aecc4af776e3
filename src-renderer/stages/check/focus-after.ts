/** Cards of a list after a decision about one of them; places count from 0. */
type Decided = {
  count: number;
  /** Where the decided one was when it was decided, and where it is now; -1 where it is not shown any more. */
  was: number;
  is: number;
  /** Which one has the focus; -1 where none has. */
  focused: number;
};

/** The place of the card that gets the focus after a decision that was made with the focus in the list; null where the focus stays. */
export function focusAfter({ count, was, is, focused }: Decided): number | null {
  // Who has gone on to another card meanwhile stays there: a letter would decide about the wrong one.
  if (focused !== -1 && (focused !== is || is === was)) return null;
  // Where the decided one has left its place, the one that took it is next.
  return count === 0 ? null : Math.min(was, count - 1);
}

/**
 * Where the place of a decided card is by now: others may have left the list since.
 * @param order the list's ids when it was decided
 * @returns the place of the first that followed it and is still there; the end where none is.
 */
export function placeOfNext(order: readonly number[], id: number, now: readonly number[]): number {
  const next = order.slice(order.indexOf(id) + 1).find((other) => now.includes(other));
  return next === undefined ? now.length : now.indexOf(next);
}
