import { asAppError, type AppError } from '../../app/app-error.ts';
import { app } from '../../app/app.svelte.ts';
import { toast, toastError } from '../../app/feedback.svelte.ts';
import { t } from '../../app/messages.ts';
import { folderOf, lastName, pathIn } from '../../app/paths.ts';
import { route } from '../../app/route.svelte.ts';
import { FolderJobs } from './folder-jobs.svelte.ts';

/** The de-identification form, and its jobs. */
class Deidentifications extends FolderJobs {
  source = $state<string | null>(null);
  /** The folder that the new folder is created in. */
  parent = $state<string | null>(null);
  name = $state('');
  dates = $state<'removed' | 'moved'>('removed');
  error = $state.raw<AppError | null>(null);

  constructor() {
    super('deidentify', 'deidentified');
  }

  /** Destination of the copies; null while incomplete. */
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
    const moveDates = this.dates === 'moved';
    await this.begin(
      () => app.client.deidentify.start({ folder: source, to: target, moveDates }),
      (thrown) => (this.error = asAppError(thrown)),
      this.#ended,
    );
  }

  followAll(): void {
    for (const job of this.running) void this.follow(job, this.#ended);
  }

  readonly #ended = (thrown: unknown): void => {
    const error = asAppError(thrown);
    if (error.code === 'cancelled') return toast({ text: t('data.deidentify.cancelled') });
    this.error = error;
    if (route.name !== 'data') toastError(error);
  };
}

export const deidentifications = new Deidentifications();
