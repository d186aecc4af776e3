import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ShortcutAudit } from '../../../src-main/contract/check.ts';
import { isMessageCode } from '../../../src-main/contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../../../src-main/contract/messages/say.ts';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

/** As Falx 1.x wrote them. */
const features: [text: string, code: string, parameters: Record<string, unknown>][] = [
  ['size 512 × 512', 'featureSize', { width: 512, height: 512 }],
  ['width', 'featureWidth', {}],
  ['height', 'featureHeight', {}],
  ['width ÷ height', 'featureRatio', {}],
  ['width × height', 'featurePixels', {}],
  ['bytes per pixel', 'featureBytes', {}],
  ['coloured pixels', 'featureColoured', {}],
  ['format jpeg', 'featureFormat', { format: 'JPEG' }],
  ['format webp', 'featureFormat', { format: 'WebP' }],
  ['format nifti', 'featureFormat', { format: 'NIfTI' }],
  ['mean, top border', 'featureBorder', { measure: 'mean', side: 'top' }],
  ['90th percentile, left border', 'featureBorder', { measure: 'high', side: 'left' }],
  ['step at the outermost line, whole border', 'featureBorder', { measure: 'step', side: 'whole' }],
  ['pixels of grey 248 to 255', 'featureGrey', { from: 248, to: 255 }],
  ['brightness at row 10, column 12 of 16', 'featurePlace', { row: 10, column: 12, of: 16 }],
  ['something new', 'legacy', { text: 'something new' }],
];
const values: [text: string, code: string, parameters: Record<string, unknown>][] = [
  ['59 %', 'valueShare', { share: 0.59 }],
  ['0.0031 % (0.0011 % to 1.1 %)', 'valueShares', { middle: 0.000031, low: 0.000011, high: 0.011 }],
  ['262144 (102950 to 262144)', 'valueNumbers', { middle: 262144, low: 102950, high: 262144 }],
  ['-8.3 (-16 to -1.5)', 'valueNumbers', { middle: -8.3, low: -16, high: -1.5 }],
  ['1.2e-7', 'valueNumber', { value: 1.2e-7 }],
  ['yes', 'legacy', { text: 'yes' }],
];

function migrated(feature: string, value: string): ShortcutAudit {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 10));
  db.prepare(
    `INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
     VALUES ('ds-1', 'scans', '/scans', '2026-01-02T03:04:05.678Z', '["a","b"]', 'b', ?)`,
  ).run('a'.repeat(64));
  const audit = {
    ...{ datasetId: 'ds-1', created: '2026-01-02T03:04:05.678Z', method: 'shortcuts-2', seed: 7, seconds: 1 },
    shortcuts: [
      {
        ...{ kind: 'file', balancedAccuracy: 0.9, low: 0.8, high: 0.95, images: 20, groups: 20, folds: 5 },
        ...{
          repeats: 1,
          verdict: 'warn',
          reasons: [{ feature, positive: value, negative: value, share: 0.9 }],
        },
      },
    ],
    means: [],
  };
  db.prepare('INSERT INTO shortcutAudits VALUES (?, ?)').run('ds-1', JSON.stringify(audit));
  migrate(db, migrations.slice(0, 11));
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  return ShortcutAudit.parse(
    JSON.parse(db.prepare('SELECT record FROM shortcutAudits').pluck().get() as string),
  );
}

const wordable = (told: StoredMessage) => {
  expect(isMessageCode(told.code)).toBe(true);
  expect(inEnglish(told)).not.toMatch(/undefined|NaN|\{/);
};

test.each(features)('%s', (text, code, parameters) => {
  const { feature, share } = migrated(text, '59 %').shortcuts[0]!.reasons[0]!;
  expect(feature).toEqual({ code, parameters });
  expect(share).toBe(0.9);
  wordable(feature);
});

test.each(values)('%s', (text, code, parameters) => {
  const { positive, negative } = migrated('width', text).shortcuts[0]!.reasons[0]!;
  expect(positive).toEqual({ code, parameters });
  expect(negative).toEqual(positive);
  wordable(positive);
});
