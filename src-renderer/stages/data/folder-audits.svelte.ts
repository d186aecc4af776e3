import type { Job } from '../../../src-main/contract/jobs.ts';
import type { ClassChoice } from '../../../src-main/contract/labels.ts';
import { asAppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { language } from '../../app/language.ts';
import { t } from '../../app/messages.ts';
import { lastName } from '../../app/paths.ts';
import { go, route } from '../../app/route.svelte.ts';
import { askedBy, type Failure } from './imports.svelte.ts';

type Chosen = { classes?: ClassChoice[]; positive?: string };

/** Audits of folders that are not imported. It lives as long as the window: the screen may be left and entered again. */
class FolderAudits {
  failure = $state.raw<Failure | null>(null);
  #starting = $state(false);
  readonly #followed = new Set<string>();
  readonly running: Job[] = $derived(
    [...app.jobs.values()].filter(({ kind, state }) => kind === 'audit' && state === 'running'),
  );

  get busy(): boolean {
    return this.#starting || this.running.length > 0;
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
    this.#starting = true;
    try {
      const job = await app.client.folderAudit.start({
        folder,
        language: language.current,
        ...chosen,
      });
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job); // its first event may have come before the answer
      void this.#follow(job, chosen);
    } catch (error) {
      this.#fail(error, folder, chosen);
    } finally {
      this.#starting = false;
    }
  }

  /** Waits for audits that this page did not start itself: it was loaded anew while they ran. */
  followAll(): void {
    for (const job of this.running) void this.#follow(job, {});
  }

  async #follow({ id, subject }: Job, chosen: Chosen): Promise<void> {
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    try {
      await app.settled(id);
      const show = () => go('data', null, { audit: id });
      // Whoever still waits here sees it; anyone else is told.
      if (route.name === 'data') show();
      else
        toast({
          kind: 'ok',
          text: t('data.audit.done', { name: lastName(subject) }),
          action: { label: t('data.show'), run: show },
        });
    } catch (error) {
      this.#fail(error, subject, chosen);
    }
  }

  #fail(thrown: unknown, folder: string, chosen: Chosen): void {
    const error = asAppError(thrown);
    if (error.code === 'cancelled') return toast({ text: t('data.audit.cancelled') });
    const again = () => void this.audit(folder, chosen);
    const asked = askedBy(error, (classes, positive) => void this.audit(folder, { classes, positive }));
    this.failure = { what: 'audit', error, again, asked };
  }

  async cancel({ id }: Job): Promise<void> {
    try {
      await app.client.jobs.cancel({ jobId: id });
    } catch (error) {
      toastError(error);
    }
  }
}

export const folderAudits = new FolderAudits();
