import { FalxError } from '../contract/errors.ts';
import { nearest } from './nearest.ts';

/** @param command which makes such a record. */
export function notFound(kind: string, wanted: string, known: string[], command: string): FalxError {
  const near = nearest(wanted, known, 5);
  const remedy =
    near.length > 0 ? `Nearest: ${near.join(', ')}.` : `There is none yet: make one with "${command}".`;
  return new FalxError('not-found', `There is no ${kind} "${wanted}" in this home folder. ${remedy}`, {
    why: 'recordGone',
    kind,
    id: wanted,
    near,
  });
}
