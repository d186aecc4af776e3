import type { Migration } from './migrations.ts';

/**
 * The audit trail as an append-only hash chain, and splits that can be moved to the trash like datasets and runs. SQLite itself
 * refuses to change, delete or reorder entries. These triggers can be removed; the hashes then reveal a change.
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
