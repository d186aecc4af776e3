import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RegistryDatabase } from './database.ts';

/** Random bytes that are unique to this home. */
export class Secrets {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** 32 bytes in hex, drawn on first use; in a read-only home, for this call only. */
  get(name: string): string {
    const known = this.#kept(name);
    if (known !== null) return known;
    const value = randomBytes(32).toString('hex');
    if (this.#db.readOnly) return value;
    return this.#db.write(() => {
      this.#db.insert('secrets', { name, value }, 'OR IGNORE');
      return this.#kept(name)!;
    });
  }

  #kept(name: string): string | null {
    const row = this.#db.row('SELECT value FROM secrets WHERE name = ?', name);
    return row ? z.string().parse(row['value']) : null;
  }
}
