import { createHash, createHmac, hash as hashOnce } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Hexadecimal SHA-256 of data in memory; text as UTF-8. */
export const sha256Of = (content: string | Uint8Array): string => hashOnce('sha256', content, 'hex');

/**
 * A pseudonym for a person, study or volume in Falx's records: equal for equal values, and reproducible only in this home.
 * HMAC-SHA-256, its first 16 hexadecimal digits. @param salt the home's own.
 */
export const saltedHash = (value: string, salt: string): string =>
  createHmac('sha256', salt).update(value).digest('hex').slice(0, 16);

/** Hexadecimal hash of a file, read piece by piece. */
export async function hashOfFile(file: string, algorithm: 'sha256' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
