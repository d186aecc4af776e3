import path from 'node:path';
import type { Deidentified } from '../contract/deidentify.ts';
import { FalxError, worded } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import { deidentifyFolder } from '../deidentify/deidentify-handlers.ts';
import { keyFileIn } from '../deidentify/deidentify-key.ts';
import type { Jobs } from './job-runner.ts';
import { Newest } from './newest.ts';

/** How many results are kept, the newest, and how many of the files left out are shown in a window. */
const KEPT = 5;
const NAMED = 200;

export type DeidentifyRequest = { folder: string; to: string; moveDates: boolean };

/** Folders de-identified for windows, with the home's own key. */
export class Deidentifications {
  readonly #found = new Newest<Deidentified>(KEPT);

  /** @throws FalxError `not-found`. */
  result(jobId: string): Deidentified {
    const found = this.#found.get(jobId);
    if (!found) throw new FalxError('deidentifyGone', {});
    return found;
  }

  /** @throws FalxError `bad-usage` while another is in progress. */
  start({ home, jobs }: { home: string; jobs: Jobs }, { folder, to, moveDates }: DeidentifyRequest): Job {
    const other = jobs.list().find(({ kind, state }) => kind === 'deidentify' && state === 'running');
    if (other) throw new FalxError('deidentifyUnderWay', { folder: other.subject });
    return jobs.start('deidentify', folder, 'files', async ({ id, progress, signal }) => {
      const keyFile = keyFileIn(home);
      const made = await deidentifyFolder(folder, to, {
        key: keyFile,
        moveDates,
        signal,
        onProgress: progress,
      });
      this.#found.set(id, {
        source: path.resolve(folder),
        report: made.report,
        reportFile: made.reportFile,
        mappingFile: made.mappingFile,
        keyFile,
        leftOut: made.leftOut.slice(0, NAMED).map(({ file, reason }) => ({ file, reason: worded(reason) })),
      });
      return id;
    });
  }
}
