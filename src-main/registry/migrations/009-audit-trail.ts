import type { Migration } from './migrations.ts';

/**
 * What was done, as a chain of hashes that only grows, and splits that can be put in the trash as datasets and runs can.
 * SQLite itself refuses to change or delete an entry, or to put one in out of order. Who removes these triggers can still
 * do so; the hashes then tell.
 */
export const auditTrail: Migration = {
  number: 9,
  sql: `
    ALTER TABLE splits ADD COLUMN removed TEXT;

    CREATE TABLE auditTrail (
      /* From 1, without gaps. */
      number INTEGER PRIMARY KEY,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL,
      /* Canonical JSON, as it was hashed. */
      entry TEXT NOT NULL CHECK (json_valid(entry))
    ) STRICT;

    CREATE TRIGGER auditTrailIsNotChanged BEFORE UPDATE ON auditTrail
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;

    CREATE TRIGGER auditTrailIsNotDeleted BEFORE DELETE ON auditTrail
    BEGIN SELECT RAISE(ABORT, 'nothing of the audit trail is deleted'); END;

    CREATE TRIGGER auditTrailGoesOn BEFORE INSERT ON auditTrail
    WHEN NEW.number IS NOT (SELECT ifnull(max(number), 0) + 1 FROM auditTrail)
      OR NEW.previous IS NOT ifnull((SELECT hash FROM auditTrail ORDER BY number DESC LIMIT 1), '${'0'.repeat(64)}')
    BEGIN SELECT RAISE(ABORT, 'the audit trail goes on from its last entry'); END;
  `,
};
