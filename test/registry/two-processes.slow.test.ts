import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Registry } from '../../src-main/registry/registry.ts';

const child = path.join(import.meta.dirname, 'two-processes.child.ts');

test('two processes that open a new home at the same instant and write at once lose nothing', async () => {
  for (let round = 0; round < 3; round += 1) {
    const home = mkdtempSync(path.join(tmpdir(), 'falx-two-'));
    const count = 12;
    const instant = Date.now() + 600;
    const outputs = await Promise.all(
      ['a', 'b'].map((me) =>
        promisify(execFile)(process.execPath, [
          child,
          path.join(home, 'new'),
          me,
          String(instant),
          String(count),
        ]),
      ),
    );
    const claimed = outputs.map(({ stdout }) => JSON.parse(stdout) as string[]);
    const registry = Registry.open(path.join(home, 'new'));

    const ids = ['a', 'b']
      .flatMap((me) => Array.from({ length: count }, (_, number) => `${me}-${number}`))
      .sort();
    expect(
      registry.datasets
        .list()
        .map((dataset) => dataset.id.slice(3))
        .sort(),
    ).toEqual(ids);
    expect(new Set(registry.datasets.list().map((dataset) => dataset.name)).size).toBe(2 * count);
    expect(
      registry.runs
        .list()
        .map((run) => run.id.slice(4))
        .sort(),
    ).toEqual(ids);
    // Each run was claimed by one of them, once, and what its claimer wrote is there.
    expect(
      claimed
        .flat()
        .map((id) => id.slice(4))
        .sort(),
    ).toEqual(ids);
    expect(registry.runs.list().every((run) => run.status === 'done' && run.bestEpoch === 1)).toBe(true);
    expect(registry.runs.list().every((run) => registry.epochs.list(run.id).length === 1)).toBe(true);
    registry.close();
    rmSync(home, { recursive: true });
  }
}, 60_000);

test('a process waits for another that writes to a home not yet in WAL mode', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-two-'));
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const writer = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const db = new (require(workerData.sqlite))(workerData.file);
     db.exec('CREATE TABLE other (file TEXT); BEGIN IMMEDIATE; DROP TABLE other');
     parentPort.postMessage('writing');
     Atomics.wait(workerData.begun, 0, 0);
     setTimeout(() => { db.exec('COMMIT'); db.close(); }, 300);`,
    {
      eval: true,
      workerData: {
        begun,
        file: path.join(home, 'registry.sqlite'),
        sqlite: createRequire(import.meta.url).resolve('better-sqlite3'),
      },
    },
  );
  await once(writer, 'message');
  const began = Date.now();
  // The writer ends 0.3 s after this, however late its message came.
  Atomics.store(begun, 0, 1);
  Atomics.notify(begun, 0);
  const registry = Registry.open(home);
  expect(Date.now() - began).toBeGreaterThan(100);
  expect(registry.datasets.list()).toEqual([]);
  registry.close();
  await once(writer, 'exit');
  const db = new SQLite(path.join(home, 'registry.sqlite'));
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  db.close();
  rmSync(home, { recursive: true });
});
