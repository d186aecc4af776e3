/** Puts text on the clipboard. @returns whether it is there now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Refused by the shell: its permissions are few. What is selected can be copied in the old way; beside the
    // button that was pressed, for an open dialog keeps the focus inside.
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
