import type { Preferences } from '../../src-main/contract/views.ts';

const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let preference: Preferences['theme'] = 'system';

/** Applies a theme; `system` follows the system from then on. */
export function useTheme(theme: Preferences['theme']): void {
  preference = theme;
  show();
}

/** Calls `listener` when the colours change, by choice or with the system. @returns a function that unsubscribes. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

system.addEventListener('change', show);

function show(): void {
  const theme = preference === 'system' ? (system.matches ? 'dark' : 'light') : preference;
  if (document.documentElement.dataset['theme'] === theme) return;
  document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}
