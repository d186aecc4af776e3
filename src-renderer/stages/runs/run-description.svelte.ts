import type { Run } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

/** Milliseconds without typing before changes are saved. */
const saveDelay = 600;

type Change = { name?: string | null; tags?: string[]; notes?: string };
type Save = (change: Change & { runId: string }) => Promise<RunView>;

/** A run's name, tags and notes, saved as they are typed. Nothing is lost when the user leaves the run at once. */
export class RunDescriptionState {
  readonly runId: string;
  name = $state('');
  notes = $state('');
  tags = $state.raw<readonly string[]>([]);
  saving = $state<'not' | 'soon' | 'now' | 'done'>('not');
  error = $state.raw<AppError | undefined>();
  readonly #save: Save;
  #unsaved: Change = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saveInProgress: Promise<void> | null = null;

  constructor(run: Run, save: Save) {
    this.runId = run.id;
    this.#save = save;
    this.#show(run);
  }

  rename(name: string): void {
    this.name = name;
    this.#change({ name: name.trim() === '' ? null : name.trim() });
  }

  write(notes: string): void {
    this.notes = notes;
    this.#change({ notes });
  }

  addTag(tag: string): void {
    const added = tag.trim();
    if (added === '' || this.tags.includes(added)) return;
    this.tags = [...this.tags, added];
    this.#change({ tags: [...this.tags] }, 0);
  }

  removeTag(tag: string): void {
    this.tags = this.tags.filter((other) => other !== tag);
    this.#change({ tags: [...this.tags] }, 0);
  }

  /** Shows another window's changes, unless something typed here is still to be saved. */
  follow(run: Run): void {
    if (this.saving === 'soon' || this.saving === 'now') return;
    this.#show(run);
  }

  /** Saves pending changes now. Resolves when all are saved or have failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saveInProgress;
    if (Object.keys(this.#unsaved).length === 0) return;
    this.#saveInProgress = this.#send();
    await this.#saveInProgress;
    this.#saveInProgress = null;
  }

  #change(change: Change, after = saveDelay): void {
    this.#unsaved = { ...this.#unsaved, ...change };
    this.saving = 'soon';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), after);
  }

  async #send(): Promise<void> {
    const sent = this.#unsaved;
    this.#unsaved = {};
    this.saving = 'now';
    try {
      await this.#save({ runId: this.runId, ...sent });
      this.error = undefined;
      // What was typed meanwhile is saved next.
      this.saving = Object.keys(this.#unsaved).length > 0 ? 'soon' : 'done';
    } catch (error) {
      this.#unsaved = { ...sent, ...this.#unsaved };
      this.error = asAppError(error);
      this.saving = 'soon';
    }
  }

  #show(run: Run): void {
    // The core trims names; the space before the next word must not vanish while typing.
    if (this.name.trim() !== (run.name ?? '')) this.name = run.name ?? '';
    if (this.notes !== run.notes) this.notes = run.notes;
    if (this.tags.join('\n') !== run.tags.join('\n')) this.tags = run.tags;
  }
}
