import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../../contract/errors.ts';
import { channels } from './channels.ts';
import type { DialogFolders } from './dialog-folders.ts';
import type { Electron, Window } from './electron.ts';
import { isFromPage } from './guard.ts';
import type { Notices } from './notices.ts';
import type { Texts } from './texts.ts';

export type BridgeOptions = {
  window: Window;
  notices: Notices;
  dialogFolders: DialogFolders;
  texts: () => Texts;
  /** Folders that the page may open, with their content. */
  folders: () => Promise<readonly string[]>;
  /** Passes the page's end of its connection to the core. */
  connect: (port: Electron.MessagePortMain) => void;
  log: (error: unknown) => void;
};

const FilesQuestion = z.object({
  title: z.string().max(200),
  extensions: z.array(z.string().regex(/^[0-9A-Za-z]{1,10}$/)).max(50),
  multiple: z.boolean(),
});
const Notice = z.object({ title: z.string().max(200), body: z.string().max(1000) });
const Path = z.string().min(1).max(4096);

/** Answers the preload script. @returns the function to end it */
export function openBridge(
  { ipcMain, dialog, shell }: Pick<Electron, 'ipcMain' | 'dialog' | 'shell'>,
  { window, notices, dialogFolders, texts, folders, connect, log }: BridgeOptions,
): () => void {
  const page = window.webContents;
  /**
   * Checks everything that a page sends: the sender, and the content.
   * @throws Error that names the channel, and contains nothing that was sent
   */
  const accepted = <T>(
    event: Electron.IpcMainEvent | Electron.IpcMainInvokeEvent,
    channel: string,
    schema: z.ZodType<T>,
    sent: unknown,
  ): T => {
    if (event.sender !== page || !isFromPage(event))
      throw new Error(`${channel}: only Falx’s own page may ask`);
    const { success, data } = schema.safeParse(sent);
    if (!success) throw new Error(`${channel}: what was sent is not understood`);
    return data;
  };
  const answer = <T>(channel: string, schema: z.ZodType<T>, work: (question: T) => Promise<unknown>) =>
    ipcMain.handle(channel, (event, question: unknown) => work(accepted(event, channel, schema, question)));
  /** Nobody awaits an answer to these, and an error would end the program: it is logged. */
  const hear = <T>(
    channel: string,
    schema: z.ZodType<T>,
    work: (sent: T, port: Electron.MessagePortMain | undefined) => void,
  ) => {
    const heard = (event: Electron.IpcMainEvent, sent: unknown) => {
      const [port, ...more] = event.ports;
      try {
        for (const other of more) other.close();
        work(accepted(event, channel, schema, sent), port);
      } catch (error) {
        port?.close();
        log(error);
      }
    };
    ipcMain.on(channel, heard);
    return () => void ipcMain.off(channel, heard);
  };

  /** Opens at the last location of its kind of dialog. */
  const pick = async (kind: string, options: Electron.OpenDialogOptions) => {
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      ...options,
      ...dialogFolders.of(kind),
    });
    const [first] = filePaths;
    if (canceled || first === undefined) return null;
    dialogFolders.keep(kind, first);
    return filePaths;
  };

  answer(channels.pickFolder, z.undefined(), async () => {
    const picked = await pick('folder', { title: texts().pickFolder, properties: ['openDirectory'] });
    return picked?.[0] ?? null;
  });
  answer(channels.pickFiles, FilesQuestion, ({ title, extensions, multiple }) =>
    // The kind depends on the extensions: scans are elsewhere than weights.
    pick(`files ${extensions.toSorted().join(' ')}`.trimEnd(), {
      title,
      // The name may not show the type: DICOM files often have no extension.
      filters:
        extensions.length > 0
          ? [
              { name: title, extensions },
              { name: texts().allFiles, extensions: ['*'] },
            ]
          : [],
      properties: ['openFile', ...(multiple ? (['multiSelections'] as const) : [])],
    }),
  );
  answer(channels.openFolder, Path, async (folder) => {
    const failure = await shell.openPath(await allowedFolder(folder, await folders()));
    if (failure !== '')
      throw new FalxError('placeNotShown', { folder, detail: { from: 'Electron', text: failure } });
  });

  const deaf = [
    hear(channels.notify, Notice, (notice, port) => {
      port?.close();
      notices.show(notice);
    }),
    hear(channels.connect, z.null(), (_nothing, port) => {
      if (port) connect(port);
    }),
  ];
  return () => {
    for (const channel of [channels.pickFolder, channels.pickFiles, channels.openFolder])
      ipcMain.removeHandler(channel);
    for (const stop of deaf) stop();
  };
}

/**
 * The real folder behind a path, if it is one of Falx's own or inside one: a page may not open anything else.
 * @throws FalxError `bad-usage` for others, `not-found` if it is missing.
 */
export async function allowedFolder(folder: string, allowed: readonly string[]): Promise<string> {
  const real = await realpath(folder).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) throw new FalxError('placeGone', { folder });
  const roots = await Promise.all(allowed.map((root) => realpath(root).catch(() => null)));
  const inside = roots.some((root) => root !== null && isIn(real, root));
  // A folder with this name is a program on macOS, and would be started.
  if (!inside || /\.app$/i.test(real)) throw new FalxError('placeForeign', { folder });
  return real;
}

function isIn(folder: string, root: string): boolean {
  const way = path.relative(root, folder);
  return way === '' || (way.split(path.sep)[0] !== '..' && !path.isAbsolute(way));
}
