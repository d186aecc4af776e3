/** Copies text to the clipboard. @returns whether it succeeded. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Denied by the shell, which grants few permissions. A selection can still be copied by execCommand; it must be
    // beside the pressed button, since an open dialog traps the focus.
    const pressed = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    (pressed?.parentElement ?? document.body).append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    pressed?.focus();
    return copied;
  }
}
