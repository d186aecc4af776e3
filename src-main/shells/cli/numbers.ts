import { InvalidArgumentError } from 'commander';
import { errorRates } from '../../contract/answers.ts';
import type { ThresholdRule } from '../../contract/studies.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { inEnglish } from '../../contract/messages/say.ts';

/** An option's value is invalid. Code that knows the option turns it into an error. */
export class ValueRefused extends InvalidArgumentError {
  readonly needs: Message;

  constructor(needs: Message) {
    super(inEnglish(needs));
    this.needs = needs;
  }
}

/** Option values as users type them. @throws ValueRefused */

export function number(typed: string): number {
  const value = Number(typed);
  if (typed.trim() === '' || !Number.isFinite(value)) throw new ValueRefused(message('needsNumber', {}));
  return value;
}

export function integer(typed: string): number {
  const value = Number(typed);
  if (typed.trim() === '' || !Number.isSafeInteger(value))
    throw new ValueRefused(message('needsWholeNumber', {}));
  return value;
}

export function positiveInteger(typed: string): number {
  const value = integer(typed);
  if (value < 1) throw new ValueRefused(message('needsPositive', {}));
  return value;
}

/** A share, 0.01 to 0.4. */
export function errorRate(typed: string): number {
  const value = number(typed);
  if (value < errorRates.least || value > errorRates.most)
    throw new ValueRefused(message('needsErrorRate', { ...errorRates }));
  return value;
}

/** More than 0 and less than 1. */
export function properShare(typed: string): number {
  const value = number(typed);
  if (value <= 0 || value >= 1) throw new ValueRefused(message('needsProperShare', {}));
  return value;
}

export function port(typed: string): number {
  const value = integer(typed);
  if (value < 0 || value > 65_535) throw new ValueRefused(message('needsPort', {}));
  return value;
}

/** `youden`, `sensitivity:0.95`, `specificity:0.9`, `cost:5`. */
export function thresholdRule(typed: string): ThresholdRule {
  const [by, given, ...more] = typed.trim().toLowerCase().split(':');
  const value = Number(given);
  const isShare = given !== undefined && value > 0 && value <= 1;
  if (more.length === 0) {
    if (by === 'youden' && given === undefined) return { by };
    if ((by === 'sensitivity' || by === 'specificity') && isShare) return { by, least: value };
    if (by === 'cost' && value > 0 && value <= 10_000) return { by, missOverFalseAlarm: value };
  }
  throw new ValueRefused(message('needsThresholdRule', {}));
}
