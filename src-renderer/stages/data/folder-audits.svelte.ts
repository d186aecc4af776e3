import type { ClassChoice } from '../../../src-main/contract/labels.ts';
import { asAppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { language } from '../../app/language.ts';
import { t } from '../../app/messages.ts';
import { FolderJobs } from './folder-jobs.svelte.ts';
import { classQuestionOf, type Failure } from './imports.svelte.ts';

type Chosen = { classes?: ClassChoice[]; positive?: string };

/** Audits of folders that are not imported. */
class FolderAudits extends FolderJobs {
  failure = $state.raw<Failure | null>(null);

  constructor() {
    super('audit', 'audit');
  }

  async choose(what: 'folder' | 'archive'): Promise<void> {
    try {
      const title = t('data.audit.pickArchive');
      const picked =
        what === 'folder'
          ? await app.host.pickFolder()
          : (await app.host.pickFiles({ title, extensions: ['zip'], multiple: false }))?.[0];
      if (picked != null) await this.audit(picked);
    } catch (error) {
      toastError(error);
    }
  }

  /** @param folder or zip archive, on the machine Falx runs on. */
  async audit(folder: string, chosen: Chosen = {}): Promise<void> {
    this.failure = null;
    await this.begin(
      () => app.client.folderAudit.start({ folder, language: language.current, ...chosen }),
      (error) => this.#fail(error, folder, chosen),
    );
  }

  followAll(): void {
    for (const job of this.running) void this.follow(job, (error) => this.#fail(error, job.subject, {}));
  }

  #fail(thrown: unknown, folder: string, chosen: Chosen): void {
    const error = asAppError(thrown);
    if (error.code === 'cancelled') return toast({ text: t('data.audit.cancelled') });
    const retry = () => void this.audit(folder, chosen);
    const question = classQuestionOf(
      error,
      (classes, positive) => void this.audit(folder, { classes, positive }),
    );
    this.failure = { what: 'audit', error, retry, question };
  }
}

export const folderAudits = new FolderAudits();
