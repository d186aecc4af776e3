import { dataOf, FalxError, worded } from '../contract/errors.ts';
import type { Worded } from '../contract/failures.ts';
import type { Message } from '../contract/messages/catalogue.ts';
import type { Run } from '../contract/records.ts';

/** Why a run ended early, as stored in its record. */
export function endedBy(why: Message | Worded | Error): Pick<Run, 'error' | 'errorFacts'> {
  const { message, facts } = wordedOf(why);
  // Facts may hold values that JSON can't represent.
  return { error: message, ...(facts && { errorFacts: JSON.parse(JSON.stringify(facts)) as typeof facts }) };
}

function wordedOf(why: Message | Worded | Error): Worded {
  if (why instanceof FalxError) return dataOf(why);
  if (why instanceof Error) return { message: why.message, facts: null };
  return 'code' in why ? worded(why) : why;
}
