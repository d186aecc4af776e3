import type { Migration } from './migrations.ts';

/** Users' notes on scans, and whether a label looked wrong. They change no scan and no split. */
export const remarks: Migration = {
  number: 15,
  sql: `
    CREATE TABLE remarks (
      imageId INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
      note TEXT NOT NULL,
      wrongLabel INTEGER NOT NULL CHECK (wrongLabel IN (0, 1)),
      created TEXT NOT NULL
    ) STRICT;
  `,
};
