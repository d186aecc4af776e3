import type PlotlyModule from 'plotly.js-dist';
import { updates } from '../app/updates.svelte.ts';

let loading: Promise<typeof PlotlyModule> | null = null;

/** plotly.js, fetched when the first plot is drawn. */
export function plotly(): Promise<typeof PlotlyModule> {
  // Under the window's CSP plotly's own style element would be refused; app.css has the few rules that are needed,
  // and an element of this name and class tells plotly so.
  if (!document.getElementById('plotly.js-style-global')) {
    const mark = document.createElement('meta');
    mark.id = 'plotly.js-style-global';
    mark.className = 'no-inline-styles';
    document.head.append(mark);
  }
  loading ??= import('plotly.js-dist').then(
    (module) => module.default,
    (error: unknown) => {
      loading = null; // A broken connection must not last for ever.
      updates.checkQuietly();
      throw error;
    },
  );
  return loading;
}
