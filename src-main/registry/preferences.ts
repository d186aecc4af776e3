import { defaultPreferences, Preferences } from '../contract/views.ts';
import type { RegistryDatabase } from './database.ts';

/** Fields left out, or undefined, are unchanged. */
export type PreferencesChange = { [Name in keyof Preferences]?: Preferences[Name] | undefined };

/** The user's choices in Settings. */
export class PreferencesTable {
  readonly #db: RegistryDatabase;

  constructor(db: RegistryDatabase) {
    this.#db = db;
  }

  get(): Preferences {
    const row = this.#db.row('SELECT record FROM preferences');
    const stored: unknown = row ? JSON.parse(row['record'] as string) : {};
    // A home with data was used before there were first steps, or from the command line.
    const known = this.#db.row('SELECT 1 FROM datasets LIMIT 1') ? { firstSteps: 'done' } : {};
    return this.#db.read(
      Preferences,
      { ...defaultPreferences, ...known, ...(stored as object) },
      'preferences',
    );
  }

  /** Changes some preferences. @returns all of them. */
  set(change: PreferencesChange): Preferences {
    const changed = Object.entries(change).filter(([, value]) => value !== undefined);
    return this.#db.write(() => {
      const preferences = Preferences.parse({ ...this.get(), ...Object.fromEntries(changed) });
      this.#db.insert('preferences', { number: 1, record: JSON.stringify(preferences) }, 'OR REPLACE');
      return preferences;
    });
  }
}
