import type { AuditEntry, AuditFault, AuditLine } from '../contract/audit.ts';
import { canonicalJson } from '../system/canonical-json.ts';
import { sha256Of } from '../system/hashes.ts';

/** The `previous` hash of the first entry. */
export const NOTHING_BEFORE = '0'.repeat(64);

/** A stored entry: `text` is what was hashed. */
export type Link = { previous: string; hash: string; text: string };

export function linkOf(previous: string, entry: AuditEntry): Link {
  const text = canonicalJson(entry);
  return { previous, hash: sha256Of(previous + text), text };
}

/** An entry as a line of a JSON Lines file, without its line break. */
export const lineOf = ({ previous, hash, text }: Link): string =>
  `{"entry":${text},"hash":"${hash}","previous":"${previous}"}`;

/** Parses a line of an exported trail; null unless it is byte for byte what `lineOf` writes. */
export function linkIn(line: string): Link | null {
  try {
    const { entry, hash, previous } = JSON.parse(line) as AuditLine;
    const link = { previous, hash, text: canonicalJson(entry) };
    return lineOf(link) === line ? link : null;
  } catch {
    return null; // not JSON, or of another shape: not as written
  }
}

export type Fault = { number: number; fault: AuditFault };

/** Verifies a chain link by link from the first, and stops at the first fault. */
export class ChainReader {
  #previous = NOTHING_BEFORE;
  #count = 0;
  #fault: Fault | null = null;
  /** The missing number, once another one came in its place. */
  #awaited: number | null = null;

  /** @param link null if unreadable. */
  read(link: Link | null): void {
    const number = link && numberOf(link.text);
    // If it comes later, entries were reordered; if never, it is gone.
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

  /** The first fault, or null. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Number of intact entries, from the first. */
  get count(): number {
    return this.#count;
  }
}

function numberOf(text: string): number | null {
  try {
    const { number } = JSON.parse(text) as { number: unknown };
    return typeof number === 'number' ? number : null;
  } catch {
    return null; // reported as edited
  }
}
