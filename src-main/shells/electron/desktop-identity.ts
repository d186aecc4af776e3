/**
 * By what desktops know Falx's windows. On Linux the desktop file is called after it (`falx.desktop`), and an icon, a
 * progress bar and grouping on the taskbar are found by it; package.json says it too, for Electron itself.
 */
export const desktopName = 'falx.desktop';

/** Windows shows notifications of programs whose shortcut in the start menu has this name as well. */
export const appUserModelId = 'org.falx.Falx';
