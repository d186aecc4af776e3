import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RegistryDatabase } from './database.ts';

/** Random bytes that belong to this home alone. */
export class Secrets {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  /** 32 bytes in hex, drawn when they are first asked for. */
  get(name: string): string {
    return this.#db.write(() => {
      this.#db.insert('secrets', { name, value: randomBytes(32).toString('hex') }, 'OR IGNORE');
      return z.string().parse(this.#db.row('SELECT value FROM secrets WHERE name = ?', name)?.['value']);
    });
  }
}
