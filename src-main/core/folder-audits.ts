import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FalxError, worded } from '../contract/errors.ts';
import type { FolderAudit } from '../contract/folder-audit.ts';
import type { Job } from '../contract/jobs.ts';
import type { ClassChoice } from '../contract/labels.ts';
import type { Language } from '../contract/messages/languages.ts';
import { auditFolder, splitTable, type Audit, type AuditStep } from '../folder-audit/folder-audit.ts';
import { Registry } from '../registry/registry.ts';
import type { Downloads } from './downloads.ts';
import type { Jobs } from './job-runner.ts';
import { Newest } from './newest.ts';

/** Renders an audit as one page to be saved, by the shell that has the texts for it. */
export type AuditReport = (registry: Registry, audit: Audit, language: Language) => Promise<string>;

/** What an audit needs of the core. */
type Needed = { home: string; jobs: Jobs; downloads: Downloads; auditReport: AuditReport | null };

export const REPORT = 'report.html';
export const SPLIT = 'split.csv';

export type FolderAuditRequest = {
  folder: string;
  positive?: string | undefined;
  classes?: ClassChoice[] | undefined;
  /** Of the report. */
  language?: Language | undefined;
};

/** How many audits are kept, the newest, and how many pairs of each kind are shown in a window. */
const KEPT = 5;
const NAMED = 20;

/** Share of each step in a job's progress, in hundredths, one after another. */
const steps: Readonly<Record<AuditStep, readonly [number, number]>> = {
  importing: [0, 30],
  reading: [30, 45],
  comparing: [45, 60],
  measuring: [60, 80],
  evaluating: [80, 100],
};

/**
 * Audits of folders that are not imported: each in a registry of its own in the home's cache, which is deleted except for the
 * findings and the files to be saved.
 */
export class FolderAudits {
  readonly #found = new Newest<FolderAudit>(KEPT);

  /** @throws FalxError `not-found`. */
  result(jobId: string): FolderAudit {
    const found = this.#found.get(jobId);
    if (!found) throw new FalxError('auditGone', {});
    return found;
  }

  /** @throws FalxError `bad-usage` if the same folder is being audited. */
  start(core: Needed, { folder, positive, classes, language = 'en' }: FolderAuditRequest): Job {
    const { jobs, downloads, home } = core;
    if (jobs.list().some((job) => job.kind === 'audit' && job.state === 'running' && job.subject === folder))
      throw new FalxError('auditUnderWay', { folder });
    return jobs.start('audit', folder, 'steps', async ({ id, progress, signal }) => {
      const aside = await newFolder(path.join(home, 'cache'));
      try {
        const registry = Registry.open(aside);
        try {
          const audit = await auditFolder({
            registry,
            folder,
            positive,
            classes,
            repair: true,
            signal,
            onProgress: (step, done, total) => {
              const [from, to] = steps[step];
              progress(from + ((to - from) * done) / Math.max(1, total), 100);
            },
          });
          signal.throwIfAborted();
          const files = await this.#save(core, id, registry, audit, language);
          this.#found.set(id, viewOf(folder, audit, files));
        } finally {
          registry.close();
        }
        return id;
      } catch (error) {
        await downloads.drop(id);
        throw signal.aborted ? new FalxError('auditCancelled', {}) : error;
      } finally {
        await rm(aside, { recursive: true, force: true });
      }
    });
  }

  async #save(
    { downloads, auditReport }: Needed,
    jobId: string,
    registry: Registry,
    audit: Audit,
    language: Language,
  ) {
    const folder = await downloads.folder(jobId);
    const files = [];
    if (auditReport) {
      await writeFile(path.join(folder, REPORT), await auditReport(registry, audit, language));
      files.push(REPORT);
    }
    if (audit.repaired) {
      await writeFile(path.join(folder, SPLIT), splitTable(registry, audit.repaired));
      files.push(SPLIT);
    }
    await downloads.offer(jobId, files);
    return files;
  }
}

async function newFolder(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  return mkdtemp(path.join(cache, 'audit-'));
}

function viewOf(folder: string, audit: Audit, files: string[]): FolderAudit {
  const { imported, checked, given, leaks, mixed, merged, patients, shortcuts, withoutShortcuts, repaired } =
    audit;
  const pairs = (some: Audit['mixed']) =>
    some.slice(0, NAMED).map(({ one, other }) => ({ one: one.file, other: other.file }));
  return {
    folder,
    classes: Object.entries(imported.classes).map(([name, images]) => ({ name, images })),
    positive: imported.dataset.positive,
    images: checked.images,
    distinctScans: checked.distinctScans,
    exactDuplicates: checked.exactDuplicates,
    quarantined: imported.quarantined.length,
    given,
    leaked: given ? checked.leaked : null,
    randomLeak: given ? null : checked.randomLeak,
    leaks: leaks.slice(0, NAMED).map(({ image, twin }) => ({ test: image.file, twin: twin.file })),
    patients,
    mixedLabels: mixed.length,
    mixed: pairs(mixed),
    mergedClasses: merged.length,
    merged: pairs(merged),
    shortcuts,
    withoutShortcuts: withoutShortcuts && worded(withoutShortcuts),
    repaired: repaired && { ...repaired.counts, moved: repaired.moved },
    files,
  };
}
