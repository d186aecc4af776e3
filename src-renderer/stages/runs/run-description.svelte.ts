import type { Run } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

/** Milliseconds without a key before what was typed is saved. */
const pause = 600;

type Change = { name?: string | null; tags?: string[]; notes?: string };
type Save = (change: Change & { runId: string }) => Promise<RunView>;

/** The words a person gives a run, saved as they are typed. Nothing typed is lost when the run is left at once. */
export class Describing {
  readonly runId: string;
  name = $state('');
  notes = $state('');
  tags = $state.raw<readonly string[]>([]);
  saving = $state<'not' | 'soon' | 'now' | 'done'>('not');
  error = $state.raw<AppError | undefined>();
  readonly #save: Save;
  #waiting: Change = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #under: Promise<void> | null = null;

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

  /** Shows what another window has made of the run, unless something typed here is still to be saved. */
  follow(run: Run): void {
    if (this.saving === 'soon' || this.saving === 'now') return;
    this.#show(run);
  }

  /** Saves now what waits. Resolves when all is saved or has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#under;
    if (Object.keys(this.#waiting).length === 0) return;
    this.#under = this.#send();
    await this.#under;
    this.#under = null;
  }

  #change(change: Change, after = pause): void {
    this.#waiting = { ...this.#waiting, ...change };
    this.saving = 'soon';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), after);
  }

  async #send(): Promise<void> {
    const sent = this.#waiting;
    this.#waiting = {};
    this.saving = 'now';
    try {
      await this.#save({ runId: this.runId, ...sent });
      this.error = undefined;
      // Typed on meanwhile: that waits for its own turn.
      this.saving = Object.keys(this.#waiting).length > 0 ? 'soon' : 'done';
    } catch (error) {
      this.#waiting = { ...sent, ...this.#waiting };
      this.error = asAppError(error);
      this.saving = 'soon';
    }
  }

  #show(run: Run): void {
    // The core keeps names without outer spaces; the space before the next word must not vanish while typing.
    if (this.name.trim() !== (run.name ?? '')) this.name = run.name ?? '';
    if (this.notes !== run.notes) this.notes = run.notes;
    if (this.tags.join('\n') !== run.tags.join('\n')) this.tags = run.tags;
  }
}
