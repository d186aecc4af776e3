import type { Migration } from './migrations.ts';

/**
 * A split as three rows with the images of each set, instead of one row per image: with a hundred thousand images a split is stored
 * at once, and its counts are read without counting.
 */
export const parts: Migration = {
  number: 6,
  sql: `
    CREATE TABLE imagesOfParts (
      splitId TEXT NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
      part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'test')),
      /* Class name → images. */
      classes TEXT NOT NULL CHECK (json_valid(classes)),
      /* Ids, rising. */
      imageIds TEXT NOT NULL CHECK (json_valid(imageIds)),
      PRIMARY KEY (splitId, part)
    ) STRICT;

    INSERT INTO imagesOfParts (splitId, part, classes, imageIds)
    SELECT splitId, part,
      (SELECT json_group_object(className, count) FROM
        (SELECT className, count(*) AS count FROM parts AS ofPart JOIN images ON images.id = imageId
         WHERE ofPart.splitId = parts.splitId AND ofPart.part = parts.part GROUP BY className)),
      json_group_array(imageId ORDER BY imageId)
    FROM parts GROUP BY splitId, part;

    DROP TABLE parts;
    ALTER TABLE imagesOfParts RENAME TO parts;
  `,
};
