import type { Migration } from './migrations.ts';

/**
 * Answers and their notices. Earlier answers were by threshold alone, without notices; a file without an answer was one that could
 * not be read.
 */
export const answers: Migration = {
  number: 13,
  sql: `
    ALTER TABLE predictions ADD COLUMN answer TEXT NOT NULL DEFAULT 'refused'
      CHECK (answer IN ('positive', 'negative', 'unsure', 'refused'));
    ALTER TABLE predictions ADD COLUMN notices TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notices));
    ALTER TABLE predictions ADD COLUMN calibrated REAL;
    ALTER TABLE predictions ADD COLUMN conformal TEXT CHECK (conformal IS NULL OR json_valid(conformal));
    UPDATE predictions SET answer = CASE positive WHEN 1 THEN 'positive' ELSE 'negative' END WHERE positive IS NOT NULL;
  `,
};
