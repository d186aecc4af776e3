import path from 'node:path';
import type { Job, JobKind } from '../contract/jobs.ts';
import { registryLines, rowsIn } from '../registry/json-lines.ts';
import { writeLines } from '../system/write-lines.ts';
import type { Core } from './core.ts';

type Needed = Pick<Core, 'registry' | 'jobs' | 'downloads' | 'hub'>;

/** Exports everything in the registry as JSON Lines, to be saved. Its job's `counts`: `tables` and `rows`. */
export function exportRecords(core: Needed, { secrets }: { secrets: boolean }): Job {
  const { registry, hub } = core;
  return saveLines(core, 'recordsExport', `falx-records-${today()}.jsonl`, {
    begin: () => {
      registry.audit.append('records-exported', { what: 'registry', secrets });
      hub.changed('records');
    },
    rows: () => rowsIn(registry.file, { secrets }),
    lines: () => registryLines(registry.file, { secrets }),
    counts: ({ tables, rows }) => ({ tables, rows }),
  });
}

/** Exports the audit trail as JSON Lines, to be saved. Its job's `counts`: `entries`. */
export function exportTrail(core: Needed): Job {
  const { audit } = core.registry;
  return saveLines(core, 'trailExport', `falx-audit-trail-${today()}.jsonl`, {
    begin: () => {
      audit.append('records-exported', { what: 'audit-trail' });
      core.hub.changed('records');
    },
    rows: () => audit.head()?.number ?? 0,
    lines: () => audit.lines(),
    counts: () => ({ entries: audit.head()?.number ?? 0 }),
  });
}

type Lines<T> = {
  /** Called before the lines are generated: the export is in the audit trail, and in what is exported. */
  begin: () => void;
  rows: () => number;
  lines: () => Generator<string, T>;
  counts: (told: T) => Record<string, number>;
};

function saveLines<T>(
  { jobs, downloads }: Needed,
  kind: JobKind,
  name: string,
  { begin, rows, lines, counts }: Lines<T>,
): Job {
  return jobs.start(kind, '', 'rows', async ({ id, progress, signal }) => {
    begin();
    const total = rows();
    const file = path.join(await downloads.folder(id), name);
    try {
      const told = await writeLines(file, lines(), {
        onLine: (written) => progress(Math.min(written, total), total),
        signal,
      });
      await downloads.offer(id, [name]);
      return { resultId: name, counts: counts(told) };
    } catch (error) {
      await downloads.drop(id);
      throw error;
    }
  });
}

/** By this machine's calendar, as users look for a file: 2026-11-29. */
function today(): string {
  const now = new Date();
  const two = (number: number) => String(number).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
