import type { Preferences } from '../../src-main/contract/views.ts';

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let wanted: Preferences['theme'] = 'system';

/** Shows a theme; `system` follows the system from then on. */
export function useTheme(theme: Preferences['theme']): void {
  wanted = theme;
  show();
}

/** Hears when the colours change, by choice or with the system. Returns how to stop. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

system.addEventListener('change', show);

function show(): void {
  const theme = wanted === 'system' ? (system.matches ? 'dark' : 'light') : wanted;
  if (document.documentElement.dataset['theme'] === theme) return;
  document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}
