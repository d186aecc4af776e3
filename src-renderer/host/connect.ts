import type { DesktopBridge } from '../../src-main/contract/desktop.ts';
import { browserLink } from './browser-link.ts';
import { desktopLink } from './desktop-link.ts';
import type { Link, Picker } from './host.ts';

declare global {
  interface Window {
    /** Set by the desktop's preload script. */
    readonly falx?: DesktopBridge;
  }
}

/**
 * Connects this window to the core, whichever shell it is in. Call once per page.
 * @param picker asks for folders and files where the shell has no dialog of its own.
 */
export function connect(picker: Picker): Link {
  if (window.falx) return desktopLink(window.falx);
  const link = browserLink();
  link.setPicker(picker);
  return link;
}
