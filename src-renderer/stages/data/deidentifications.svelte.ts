import type { Job } from '../../../src-main/contract/jobs.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { folderOf, lastName, pathIn } from '../../app/paths.ts';
import { go, route } from '../../app/route.svelte.ts';

/** What a person asks for. It lives as long as the window: the screen may be left and entered again. */
class Deidentifications {
  source = $state<string | null>(null);
  /** The folder that the new one is made in. */
  parent = $state<string | null>(null);
  name = $state('');
  dates = $state<'removed' | 'moved'>('removed');
  error = $state.raw<AppError | null>(null);
  #starting = $state(false);
  readonly #followed = new Set<string>();
  readonly running: Job[] = $derived(
    [...app.jobs.values()].filter(({ kind, state }) => kind === 'deidentify' && state === 'running'),
  );

  get busy(): boolean {
    return this.#starting || this.running.length > 0;
  }

  /** Where the copies go; null until that is known. */
  get target(): string | null {
    const name = this.name.trim();
    return this.parent === null || name === '' || /[/\\]/.test(name) ? null : pathIn(this.parent, name);
  }

  async chooseSource(): Promise<void> {
    const folder = await this.#picked();
    if (folder === null) return;
    this.source = folder;
    this.parent ??= folderOf(folder);
    this.name = t('data.deidentify.newName', { name: lastName(folder) });
    this.error = null;
  }

  async chooseParent(): Promise<void> {
    this.parent = (await this.#picked()) ?? this.parent;
  }

  async #picked(): Promise<string | null> {
    try {
      return await app.host.pickFolder();
    } catch (error) {
      toastError(error);
      return null;
    }
  }

  async start(): Promise<void> {
    const { source, target } = this;
    if (source === null || target === null) return;
    this.error = null;
    this.#starting = true;
    try {
      const moveDates = this.dates === 'moved';
      const job = await app.client.deidentify.start({ folder: source, to: target, moveDates });
      if (!app.jobs.has(job.id)) app.jobs.set(job.id, job); // its first event may have come before the answer
      void this.#follow(job);
    } catch (error) {
      this.error = asAppError(error);
    } finally {
      this.#starting = false;
    }
  }

  /** Waits for what this page did not start itself: it was loaded anew meanwhile. */
  followAll(): void {
    for (const job of this.running) void this.#follow(job);
  }

  async #follow({ id, subject }: Job): Promise<void> {
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    try {
      await app.settled(id);
      const show = () => go('data', null, { deidentified: id });
      // Whoever still waits here sees it; anyone else is told.
      if (route.name === 'data') show();
      else
        toast({
          kind: 'ok',
          text: t('data.deidentify.done', { name: lastName(subject) }),
          action: { label: t('data.show'), run: show },
        });
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.code === 'cancelled') return toast({ text: t('data.deidentify.cancelled') });
      this.error = error;
      if (route.name !== 'data') toastError(error);
    }
  }

  async cancel({ id }: Job): Promise<void> {
    await app.client.jobs.cancel({ jobId: id }).catch(toastError);
  }
}

export const deidentifications = new Deidentifications();
