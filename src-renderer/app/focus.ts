/**
 * Whether nobody has put the focus anywhere: what had it has gone. Who went elsewhere while an answer was on its way
 * is left there.
 */
export function isFocusFree(): boolean {
  const { activeElement, body } = document;
  return activeElement === null || activeElement === body;
}
