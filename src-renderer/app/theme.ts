import type { Preferences } from '../../src-main/contract/views.ts';

/** `system` leaves the choice to the style sheet, which follows the system by itself. */
export function useTheme(theme: Preferences['theme']): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

/** Hears when the colours change, by choice or with the system. Returns how to stop. */
export function onTheme(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  listeners.add(listener);
  system.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener('change', listener);
  };
}
