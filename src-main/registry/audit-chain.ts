import type { AuditEntry, AuditFault, AuditLine } from '../contract/audit.ts';
import { canonicalJson } from '../system/canonical-json.ts';
import { sha256Of } from '../system/hashes.ts';

/** What the first entry is linked to. */
export const NOTHING_BEFORE = '0'.repeat(64);

/** An entry as it is kept: `text` is what was hashed. */
export type Link = { previous: string; hash: string; text: string };

export function linkOf(previous: string, entry: AuditEntry): Link {
  const text = canonicalJson(entry);
  return { previous, hash: sha256Of(previous + text), text };
}

/** An entry as a line of a JSON Lines file, without its end. */
export const lineOf = ({ previous, hash, text }: Link): string =>
  `{"entry":${text},"hash":"${hash}","previous":"${previous}"}`;

/** A line of an exported trail; null when it is not, to the byte, what `lineOf` writes. */
export function linkIn(line: string): Link | null {
  try {
    const { entry, hash, previous } = JSON.parse(line) as AuditLine;
    const link = { previous, hash, text: canonicalJson(entry) };
    return lineOf(link) === line ? link : null;
  } catch {
    return null; // no JSON, or of another shape: not what was written
  }
}

export type Fault = { number: number; fault: AuditFault };

/** Reads a chain link by link from its first and stops telling at its first fault. */
export class ChainReader {
  #previous = NOTHING_BEFORE;
  #count = 0;
  #fault: Fault | null = null;
  /** The number that should have come, once another one came. */
  #awaited: number | null = null;

  /** @param link null for what can't be read. */
  read(link: Link | null): void {
    const number = link && numberOf(link.text);
    // One that comes later was moved; one that never comes is gone.
    if (this.#awaited !== null && number === this.#awaited) this.#fault!.fault = 'reordered';
    if (this.#fault) return;
    const expected = this.#count + 1;
    if (!link || number === null || sha256Of(link.previous + link.text) !== link.hash)
      this.#fault = { number: expected, fault: 'edited' };
    else if (number < expected) this.#fault = { number: expected, fault: 'reordered' };
    else if (number > expected) {
      this.#fault = { number: expected, fault: 'missing' };
      this.#awaited = expected;
    } else if (link.previous !== this.#previous) this.#fault = { number: expected, fault: 'unlinked' };
    else {
      this.#previous = link.hash;
      this.#count = expected;
    }
  }

  /** The first fault; null while there is none. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Entries that are whole, from the first. */
  get count(): number {
    return this.#count;
  }
}

function numberOf(text: string): number | null {
  try {
    const { number } = JSON.parse(text) as { number: unknown };
    return typeof number === 'number' ? number : null;
  } catch {
    return null; // it is told as edited
  }
}
