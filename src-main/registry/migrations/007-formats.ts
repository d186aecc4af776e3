import type { Migration } from './migrations.ts';

/** Which version of Falx migrated the registry to which format, so that an older one can name it. */
export const formats: Migration = {
  number: 7,
  sql: `
    CREATE TABLE formats (
      /* As PRAGMA user_version says it; those before this table are not known. */
      number INTEGER PRIMARY KEY,
      falx TEXT NOT NULL,
      reached TEXT NOT NULL
    ) STRICT;
  `,
};
