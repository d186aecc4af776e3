import { createHmac } from 'node:crypto';

/** Most days by which a patient's dates are shifted back: ten years. */
const MOST_DAYS = 3652;

/** Pseudonyms: consistent wherever and whenever this key is used, and neither reversible nor reproducible without it. */
export class Secret {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** A UID of 128 bits below 2.25 (PS3.5, B.2), laid out as a UUID of version 8, whose bits are free. */
  uid(uid: string): string {
    const bytes = this.#of('uid', uid).subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
  }

  /** 48 bits: with a million patients, two share one in one of 500 cases. */
  patient(id: string): string {
    return `P-${this.#of('patient', id).toString('hex', 0, 6)}`;
  }

  /** Name of a folder or file: 64 bits. */
  name(kind: 'study' | 'series' | 'instance', uid: string): string {
    return this.#of(kind, uid).toString('hex', 0, 8);
  }

  /** Days by which a patient's dates are shifted: −1 to −3,652. */
  days(patient: string): number {
    return -1 - (this.#of('days', patient).readUInt32BE(0) % MOST_DAYS);
  }

  #of(kind: string, text: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\0${text}`).digest();
  }
}
