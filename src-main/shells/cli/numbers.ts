import { InvalidArgumentError } from 'commander';

/** Numbers as a person types them after an option. */

export function number(typed: string): number {
  const value = Number(typed);
  if (typed.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

export function integer(typed: string): number {
  const value = Number(typed);
  if (typed.trim() === '' || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

export function positiveInteger(typed: string): number {
  const value = integer(typed);
  if (value < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}
