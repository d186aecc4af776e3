import { FalxError } from '../contract/errors.ts';
import { DENIED_WORDS } from '../contract/labels.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';

/**
 * The positive class.
 * @param wanted the user's choice, in any case; without it the names decide.
 * @returns `sure` is false if neither name shows a finding, and the second in order was taken.
 * @throws FalxError `bad-usage` if `wanted` is none of the classes, listing them.
 */
export function positiveClass(
  classes: readonly string[],
  wanted?: string,
): { positive: string; sure: boolean } {
  if (wanted !== undefined) {
    const positive =
      classes.find((name) => name === wanted) ??
      classes.find((name) => name.toLowerCase() === wanted.toLowerCase());
    if (positive !== undefined) return { positive, sure: true };
    const [first = '', second = ''] = classes;
    throw new FalxError('classUnknown', { wanted, first, second, count: classes.length });
  }
  const [one, other = one] = classes as [string, string?];
  const [first, second] = [findingSign(one), findingSign(other)];
  return { positive: first > second ? one : other, sure: one === other || first !== second };
}

/** The warning if the names show no finding. */
export const unsurePositive = (name: string): StoredMessage => message('warnUnsure', { name });

/**
 * Beginnings of words that indicate a finding (1), or its absence (−1); in English and Korean, with spellings found in public
 * datasets.
 */
const finds =
  /^(tumou?r|cancer|carcin|gliom|gliob|gbm|hgg|lgg|mening|pituit|metast|lesion|mass|neoplas|malign|posit|abnormal|patholog|disease|sick|unhealthy|yes|true|present|1$|종양|뇌종양|암$|악성|비정상|있음)/;
const findsNothing = /^(health|normal|negat|control|benign|absent|clear|clean|false|0$|정상|음성)/;
const negates = /^(no|non|not|none|without|free|un|없음)$/;
/** A negation written together with its word: "notumor", "nontumorous", "nolesion". */
const negated = new RegExp(`^(no|non|not)(?=${DENIED_WORDS})`);

/** 1: the name indicates a finding; −1: its absence; 0: neither. "No", "non-" or "-free" inverts the rest. */
export function findingSign(name: string): number {
  const words = name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((word) => (negated.test(word) ? ['no', word.replace(negated, '')] : [word]));
  const turned = words.some((word) => negates.test(word));
  const said = words
    .map((word) => (finds.test(word) ? 1 : findsNothing.test(word) ? -1 : 0))
    .find((sign) => sign !== 0);
  if (said === undefined) return turned ? -1 : 0;
  return turned ? -said : said;
}
