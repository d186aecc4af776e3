import type PlotlyModule from 'plotly.js-dist';
import { updates } from '../app/updates.svelte.ts';

let loading: Promise<typeof PlotlyModule> | null = null;

/** plotly.js, loaded when the first plot is drawn. */
export function plotly(): Promise<typeof PlotlyModule> {
  // The window's CSP refuses plotly's own style element; app.css has the few rules that are needed, and an element
  // with this id makes plotly skip its own.
  if (!document.getElementById('plotly.js-style-global')) {
    const mark = document.createElement('meta');
    mark.id = 'plotly.js-style-global';
    mark.className = 'no-inline-styles';
    document.head.append(mark);
  }
  loading ??= import('plotly.js-dist').then(
    (module) => module.default,
    (error: unknown) => {
      loading = null; // The next plot tries again.
      updates.checkQuietly();
      throw error;
    },
  );
  return loading;
}
