/** The method of a fold whose test set is one site, scanner or the like, as splits record it. */
export const leaveOutMethod = (by: string, value: string): string => `${LEAVE_OUT}${by}=${value}`;

/** The attribute and value that such a fold leaves out; null for another method. */
export function leftOutBy(method: string): { by: string; leftOut: string } | null {
  if (!method.startsWith(LEAVE_OUT)) return null;
  const leftOut = method.slice(LEAVE_OUT.length);
  return { by: leftOut.split('=', 1)[0]!, leftOut };
}

const LEAVE_OUT = 'leave-out ';
