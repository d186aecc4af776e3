/**
 * Name by which desktops identify Falx's windows. On Linux it is the name of the desktop file (`falx.desktop`), which provides the
 * icon, the progress bar and grouping on the taskbar; package.json has it too, for Electron itself.
 */
export const desktopName = 'falx.desktop';

/** Windows shows notifications only of programs whose shortcut in the start menu has this id as well. */
export const appUserModelId = 'org.falx.Falx';
