import type { MenuItemConstructorOptions } from 'electron';
import type { Electron } from './electron.ts';
import type { Texts } from './texts.ts';

/** Sets the application's menu; each role brings its platform's shortcut. */
export function setMenu({ Menu }: Pick<Electron, 'Menu'>, texts: Texts, platform = process.platform): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(template(texts, platform)));
}

export function template(texts: Texts, platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const between: MenuItemConstructorOptions = { type: 'separator' };
  const application: MenuItemConstructorOptions = {
    label: 'Falx',
    submenu: [
      { role: 'about', label: texts.about },
      between,
      { role: 'hide', label: texts.hide },
      { role: 'hideOthers', label: texts.hideOthers },
      { role: 'unhide', label: texts.showAll },
      between,
      { role: 'quit', label: texts.quit },
    ],
  };
  return [
    ...(mac ? [application] : []),
    {
      label: texts.file,
      submenu: [mac ? { role: 'close', label: texts.close } : { role: 'quit', label: texts.quit }],
    },
    {
      label: texts.edit,
      submenu: [
        { role: 'undo', label: texts.undo },
        { role: 'redo', label: texts.redo },
        between,
        { role: 'cut', label: texts.cut },
        { role: 'copy', label: texts.copy },
        { role: 'paste', label: texts.paste },
        between,
        { role: 'selectAll', label: texts.selectAll },
      ],
    },
    {
      label: texts.view,
      submenu: [
        { role: 'reload', label: texts.reload },
        between,
        { role: 'resetZoom', label: texts.actualSize },
        { role: 'zoomIn', label: texts.zoomIn },
        { role: 'zoomOut', label: texts.zoomOut },
        between,
        { role: 'togglefullscreen', label: texts.fullScreen },
      ],
    },
    {
      label: texts.window,
      submenu: [
        { role: 'minimize', label: texts.minimise },
        ...(mac ? [] : [{ role: 'close', label: texts.close } as const]),
      ],
    },
  ];
}
