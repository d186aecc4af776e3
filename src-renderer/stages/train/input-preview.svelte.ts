import { untrack } from 'svelte';
import type { InputPreview } from '../../../src-main/contract/views.ts';
import type { SettingsChange } from '../../../src-main/contract/settings.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

type Asked = { splitId: string; settings: SettingsChange; draw: number };

/** The settings that a preview shows. */
const pictured = ['imageSize', 'canvas', 'crop', 'window', 'augmentation', 'seed'] as const;

const picturedOf = (settings: SettingsChange): SettingsChange =>
  Object.fromEntries(pictured.map((name) => [name, settings[name]]));

/** Six scans as the settings of a form make them, asked for again whenever one changes. Lives as long as a component. */
export class PreviewState {
  /** Kept while others are drawn. */
  shown = $state.raw<InputPreview | null>(null);
  error = $state.raw<AppError | null>(null);
  drawing = $state(false);
  /** Other draws of the same settings. */
  draw = $state(0);
  #last = '';

  /** @param of the split and the settings; null while they are not valid. */
  constructor(of: () => { splitId: string; settings: SettingsChange } | null) {
    const asked = $derived.by(() => {
      const now = of();
      return now === null
        ? null
        : JSON.stringify({ splitId: now.splitId, settings: picturedOf(now.settings), draw: this.draw });
    });
    $effect(() => {
      void asked;
      untrack(() => void this.#follow(() => asked));
    });
  }

  /** Other draws; what failed is tried again. */
  again(): void {
    this.draw++;
  }

  /** One at a time: while one is drawn, a setting may change many times, and only the newest is asked for then. */
  async #follow(asked: () => string | null): Promise<void> {
    if (this.drawing) return;
    this.drawing = true;
    try {
      for (let now = asked(); now !== null && now !== this.#last; now = asked()) {
        this.#last = now;
        try {
          this.shown = await app.client.training.preview(JSON.parse(now) as Asked);
          this.error = null;
        } catch (error) {
          this.error = asAppError(error);
        }
      }
    } finally {
      this.drawing = false;
    }
  }
}
