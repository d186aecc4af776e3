/** What oRPC writes at the head of its messages: of which call it is, and in a call's first, where it goes. */
type Head = { i: string; t?: number; p?: { u?: string; h?: unknown } };

export function headOf(message: string | Buffer): Head {
  const bytes = Buffer.from(message as Buffer);
  // What is not JSON comes after this byte.
  const end = bytes.indexOf(0xff);
  return JSON.parse(bytes.toString('utf8', 0, end < 0 ? undefined : end)) as Head;
}

/** Whether a message of the core is the answer to one call; not what goes on, as events do. */
export const isAnswer = ({ t, p }: Head): boolean => t === undefined && p?.h === undefined;
