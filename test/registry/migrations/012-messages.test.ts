import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, migrations } from '../../../src-main/registry/migrations/migrations.ts';

const created = '2026-01-02T03:04:05.678Z';
const hash = 'a'.repeat(64);
const empty = { why: 'fileEmpty', file: 'a.png' };
const emptyTold = { code: 'fileEmpty', parameters: { file: 'a.png' } };
/** A code of another version that this one does not know. */
const strange = { why: 'ofYesterday', file: 'a.png' };
const strangeTold = { code: 'legacy', parameters: { text: 'As it was.' } };

test('keeps of each sentence the code and its parameters; what has none stays as it was', () => {
  const db = new SQLite(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, migrations.slice(0, 11));
  const json = (value: unknown) => `'${JSON.stringify(value)}'`;
  db.exec(`
    INSERT INTO datasets (id, name, folder, created, classes, positive, hash)
      VALUES ('ds-1', 'scans', '/scans', '${created}', '["Healthy","Tumour"]', 'Tumour', '${hash}');
    INSERT INTO quarantined (datasetId, file, reason, facts, className, givenPart, patient) VALUES
      ('ds-1', 'a.png', 'It is empty (0 bytes).', ${json(empty)}, 'Tumour', 'test', 'p'),
      ('ds-1', 'b.png', 'As it was.', NULL, NULL, NULL, NULL),
      ('ds-1', 'c.png', 'As it was.', ${json(strange)}, NULL, NULL, NULL);
    INSERT INTO splits (id, datasetId, created, method, seed, testFraction, validationFraction, hash)
      VALUES ('sp-1', 'ds-1', '${created}', 'stratified', 7, 0.2, 0.1, '${hash}');
    INSERT INTO runs (id, splitId, network, status, settings, datasetHash, splitHash, folder, created, error, errorFacts, versions, queuePosition) VALUES
      ('run-1', 'sp-1', 'resnet50', 'interrupted', '{}', '${hash}', '${hash}', '/1', '${created}', 'It was broken off.', ${json({ why: 'runBrokenOff', run: 'run-1' })}, '{}', 1),
      ('run-2', 'sp-1', 'resnet50', 'done', '{}', '${hash}', '${hash}', '/2', '${created}', NULL, NULL, '{}', 2);
    INSERT INTO predictions (runId, file, threshold, error, facts, created) VALUES
      ('run-1', 'a.png', 0.5, '"a.png" is empty.', ${json(empty)}, '${created}'),
      ('run-1', 'b.png', 0.5, NULL, NULL, '${created}');
    INSERT INTO checks VALUES ('ds-1', ${json({
      datasetId: 'ds-1',
      unreadable: [
        { file: 'a.png', reason: 'It is empty (0 bytes).', facts: empty },
        { file: 'b.png', reason: 'As it was.' },
      ],
    })});
    INSERT INTO evaluationErrors VALUES ('run-1', ${json({ code: 'bad-run', message: 'x', facts: { why: 'runDiverged', run: 'run-1' } })});
  `);

  migrate(db, migrations.slice(0, 12));

  const told = (sql: string) =>
    db
      .prepare(sql)
      .pluck()
      .all()
      .map((column) => JSON.parse(String(column)) as unknown);
  expect(told('SELECT told FROM quarantined ORDER BY file')).toEqual([emptyTold, strangeTold, strangeTold]);
  expect(
    db.prepare(`SELECT className, givenPart, patient FROM quarantined WHERE file = 'a.png'`).get(),
  ).toEqual({
    className: 'Tumour',
    givenPart: 'test',
    patient: 'p',
  });
  expect(told('SELECT told FROM predictions ORDER BY number')).toEqual([emptyTold, null]);
  expect(told('SELECT told FROM runs ORDER BY id')).toEqual([
    { code: 'runBrokenOff', parameters: { run: 'run-1' } },
    null,
  ]);
  expect(told('SELECT record FROM checks')).toEqual([
    {
      datasetId: 'ds-1',
      unreadable: [
        { file: 'a.png', told: emptyTold },
        { file: 'b.png', told: strangeTold },
      ],
    },
  ]);
  expect(told('SELECT record FROM evaluationErrors')).toEqual([
    { code: 'bad-run', told: { code: 'runDiverged', parameters: { run: 'run-1' } } },
  ]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});
