/** Small values that a window remembers by itself. Without storage the window still works; it only forgets. */

export function recall<T>(key: string): Partial<T> | null {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as Partial<T>);
  } catch {
    return null;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or disabled: nothing depends on it.
  }
}
