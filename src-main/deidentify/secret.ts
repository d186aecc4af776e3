import { createHmac } from 'node:crypto';

/** Most days that a patient's dates are moved back by: ten years. */
const MOST_DAYS = 3652;

/**
 * What stands in place of identities: the same for the same ones wherever and whenever this key is used, and not to be undone
 * or repeated without it.
 */
export class Secret {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** A UID of 128 bits below 2.25 (PS3.5, B.2). They are laid out as a UUID of version 8, whose bits are its maker's choice. */
  uid(uid: string): string {
    const bytes = this.#of('uid', uid).subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
  }

  /** 48 bits: of a million patients two would share one in 500 places of use. */
  patient(id: string): string {
    return `P-${this.#of('patient', id).toString('hex', 0, 6)}`;
  }

  /** Of a folder or file: 64 bits. */
  name(kind: 'study' | 'series' | 'instance', uid: string): string {
    return this.#of(kind, uid).toString('hex', 0, 8);
  }

  /** By how many days a patient's dates are moved: −1 to −3,652. */
  days(patient: string): number {
    return -1 - (this.#of('days', patient).readUInt32BE(0) % MOST_DAYS);
  }

  #of(kind: string, text: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\0${text}`).digest();
  }
}
