import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pictures } from '../../src-main/contract/api.ts';
import type { AuditLine } from '../../src-main/contract/audit.ts';
import type { Job } from '../../src-main/contract/jobs.ts';
import { webHandler } from '../../src-main/core/web.ts';
import * as sample from '../registry/sample-records.ts';
import { coreOfFile } from './training-core.ts';

const open = coreOfFile((registry) => {
  registry.datasets.add(sample.dataset('ds-abc12345', 'hospital-a'), [sample.image('a.png')], []);
  registry.secrets.get('patients'); // created on first use
});

/** The file that a window receives to save. */
async function saved(started: Job): Promise<{ job: Job; lines: string[] }> {
  const job = await open.core.jobs.settled(started.id);
  expect(job).toMatchObject({ state: 'done', unit: 'rows' });
  const address = `http://127.0.0.1${pictures.saved(job.id, job.resultId!)}`;
  const text = await (await webHandler(open.core)(new Request(address)))!.text();
  return { job, lines: text.trimEnd().split('\n') };
}

const tablesIn = (lines: readonly string[]): Set<unknown> =>
  new Set(lines.map((line) => (JSON.parse(line) as { table?: string }).table));

test('a window saves all records as JSON Lines; what finds patients goes along only when it is asked for', async () => {
  const { job, lines } = await saved(await open.client.records.export({ secrets: false }));
  const end = JSON.parse(lines.at(-1)!) as { rows: number; sha256: string };
  const hashed = createHash('sha256')
    .update(`${lines.slice(0, -1).join('\n')}\n`)
    .digest('hex');
  expect(end).toEqual({ end: true, rows: lines.length - 2, sha256: hashed });
  expect(job).toMatchObject({ done: lines.length, total: lines.length, counts: { rows: end.rows } });
  expect(tablesIn(lines)).toContain('datasets');
  expect(tablesIn(lines)).not.toContain('secrets');

  const { lines: whole } = await saved(await open.client.records.export({ secrets: true }));
  expect(tablesIn(whole)).toContain('secrets');
  const [newest] = await open.client.records.trail({ limit: 1 });
  expect(newest!.entry).toMatchObject({ action: 'records-exported', facts: { secrets: true } });
});

test('a window saves the audit trail, and has it verified again: whole, against an entry that is known, or edited', async () => {
  const { job, lines } = await saved(await open.client.records.exportTrail());
  const entries = lines.map((line) => JSON.parse(line) as AuditLine);
  expect(entries.map(({ entry }) => entry.number)).toEqual(entries.map((_, at) => at + 1));
  expect(job.counts).toEqual({ entries: entries.length });

  const file = path.join(open.home, 'trail.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const head = { number: 1, hash: entries[0]!.hash };
  const ask = open.client.records.verifyTrail;
  expect(await ask({ file, head })).toMatchObject({
    whole: true,
    entries: entries.length,
    witnesses: [{ kind: 'given', result: 'agrees' }],
  });
  expect(await ask({ head: { number: 1, hash: '0'.repeat(64) } })).toMatchObject({
    whole: false,
    fault: { fault: 'replaced' },
  });

  writeFileSync(path.join(open.home, 'audit-head.json'), JSON.stringify(head));
  expect(await ask({ against: open.home })).toMatchObject({ whole: true });
  await expect(ask({ against: file })).rejects.toMatchObject({ data: { why: 'auditHeadMissing' } });

  writeFileSync(
    file,
    lines.map((line, at) => (at === 1 ? line.replace('"action":"', '"action":"not-') : line)).join('\n'),
  );
  expect(await ask({ file })).toMatchObject({ whole: false, fault: { number: 2, fault: 'edited' } });
});

test('an export that is cancelled leaves nothing to be saved', async () => {
  const job = await open.client.records.export({ secrets: false });
  await open.client.jobs.cancel({ jobId: job.id });
  expect(await open.core.jobs.settled(job.id)).toMatchObject({ state: 'cancelled' });
  await expect(open.core.downloads.find(job.id, 'any')).rejects.toMatchObject({ code: 'not-found' });
});

test('a pack of weights is refused, as a job that failed, where none are stored', async () => {
  const job = await open.core.jobs.settled((await open.client.weights.pack()).id);
  expect(job).toMatchObject({ state: 'failed', error: { facts: { why: 'weightPackNothing' } } });
});
