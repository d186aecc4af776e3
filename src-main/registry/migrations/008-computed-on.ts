import type { Migration } from './migrations.ts';

/** What each run was trained on and how; for earlier runs only "GPU" or "CPU" is known. */
export const computedOn: Migration = {
  number: 8,
  sql: `
    ALTER TABLE runs ADD COLUMN computedOn TEXT CHECK (computedOn IS NULL OR json_valid(computedOn));
  `,
};
