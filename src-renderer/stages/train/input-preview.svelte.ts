import { untrack } from 'svelte';
import type { InputPreview } from '../../../src-main/contract/views.ts';
import type { SettingsChange } from '../../../src-main/contract/settings.ts';
import { app } from '../../app/app.svelte.ts';
import { asAppError, type AppError } from '../../app/app-error.ts';

type PreviewRequest = { splitId: string; settings: SettingsChange; draw: number };

/** The settings that affect the preview. */
const previewSettings = ['imageSize', 'canvas', 'crop', 'window', 'augmentation', 'seed'] as const;

const previewSettingsOf = (settings: SettingsChange): SettingsChange =>
  Object.fromEntries(previewSettings.map((name) => [name, settings[name]]));

/** Six scans preprocessed with a form's settings, reloaded whenever one of them changes. Lives as long as its component. */
export class PreviewState {
  /** Kept while others are loading. */
  shown = $state.raw<InputPreview | null>(null);
  error = $state.raw<AppError | null>(null);
  drawing = $state(false);
  /** Incremented for other random draws with the same settings. */
  draw = $state(0);
  #last = '';

  /** @param of returns the split and the settings; null while they are invalid. */
  constructor(of: () => { splitId: string; settings: SettingsChange } | null) {
    const request = $derived.by(() => {
      const now = of();
      return now === null
        ? null
        : JSON.stringify({
            splitId: now.splitId,
            settings: previewSettingsOf(now.settings),
            draw: this.draw,
          });
    });
    $effect(() => {
      void request;
      untrack(() => void this.#follow(() => request));
    });
  }

  /** Draws again; also retries after an error. */
  again(): void {
    this.draw++;
  }

  /** One request at a time: settings may change many times meanwhile, and only the latest are requested next. */
  async #follow(request: () => string | null): Promise<void> {
    if (this.drawing) return;
    this.drawing = true;
    try {
      for (let now = request(); now !== null && now !== this.#last; now = request()) {
        this.#last = now;
        try {
          this.shown = await app.client.training.preview(JSON.parse(now) as PreviewRequest);
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
