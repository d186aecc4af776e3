import type { Kind } from './parameters.ts';

/** Kinds of errors, for programs: the `code` of `--json`, the exit code, a window's title. */
export const errorCodes = [
  'bad-usage',
  'not-found',
  'unreadable-file',
  'unsupported-format',
  'too-large',
  'bad-dataset',
  'bad-archive',
  'bad-split',
  'bad-weights',
  'weights-missing',
  'bad-run',
  'worker-failed',
  'out-of-memory',
  'tensorflow-missing',
  'gpu-support',
  'disk',
  'registry',
  'download-failed',
  'cancelled',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A message's entry in the catalogue: its parameters and, if it is an error, its kind. */
export type Entry<
  E extends ErrorCode | null = ErrorCode | null,
  P extends Readonly<Record<string, Kind>> = Readonly<Record<string, Kind>>,
> = { readonly error: E; readonly parameters: P };

type Parameters = Readonly<Record<string, Kind>>;

/** An error that a user can act on. */
export const error = <const E extends ErrorCode, const P extends Parameters>(
  kind: E,
  parameters: P,
): Entry<E, P> => ({ error: kind, parameters });

/** A warning, a reason, a part of another message: any message that is not an error by itself. */
export const note = <const P extends Parameters>(parameters: P): Entry<null, P> => ({
  error: null,
  parameters,
});
