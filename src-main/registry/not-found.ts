import { FalxError } from '../contract/errors.ts';
import type { ParametersOf } from '../contract/messages/catalogue.ts';
import { nearest } from './nearest.ts';

/** @param command that creates such a record. */
export function notFound(
  kind: ParametersOf<'recordGone'>['kind'],
  wanted: string,
  known: string[],
  command: string,
): FalxError {
  const near = nearest(wanted, known, 5);
  return new FalxError('recordGone', {
    kind,
    id: wanted,
    command,
    count: near.length,
    list: near.join(', '),
    near,
  });
}
