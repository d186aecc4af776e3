import { randomBytes } from 'node:crypto';

/** Digits and letters without i, l, o, u: ids can't be misread and don't spell words. (Crockford's base 32.) */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id such as `run-k3f9x2ma`: 40 random bits. */
export function newId(prefix: 'ds' | 'sp' | 'cv' | 'run' | 'job' | 'up'): string {
  return `${prefix}-${Array.from(randomBytes(8), (byte) => ALPHABET[byte & 31]).join('')}`;
}
