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
  /** Folders that the page may have shown, with what lies in them. */
  folders: () => Promise<readonly string[]>;
  /** Takes the page's end of its line to the core. */
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

/** Answers the preload. @returns what ends it */
export function openBridge(
  { ipcMain, dialog, shell }: Pick<Electron, 'ipcMain' | 'dialog' | 'shell'>,
  { window, notices, dialogFolders, texts, folders, connect, log }: BridgeOptions,
): () => void {
  const page = window.webContents;
  /**
   * Everything that a page sends goes through here: who sends it, and what.
   * @throws Error that names the channel, and holds nothing that was sent
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
  /** Nobody waits for an answer to these, and an error would end the program: it is logged. */
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

  /** Opens where the last one of its kind was left. */
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
    // What is picked goes by what it ends with: scans lie elsewhere than weights.
    pick(`files ${extensions.toSorted().join(' ')}`.trimEnd(), {
      title,
      // What it is may not show in its name: DICOM files often have no extension.
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
 * The real folder behind a path, if it is one of Falx's own or lies in one: a page may not have anything else opened.
 * @throws FalxError `bad-usage` for others, `not-found` when it is gone.
 */
export async function allowedFolder(folder: string, allowed: readonly string[]): Promise<string> {
  const real = await realpath(folder).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) throw new FalxError('placeGone', { folder });
  const roots = await Promise.all(allowed.map((root) => realpath(root).catch(() => null)));
  const inside = roots.some((root) => root !== null && isIn(real, root));
  // A folder of this name is a program on macOS, and would be started.
  if (!inside || /\.app$/i.test(real)) throw new FalxError('placeForeign', { folder });
  return real;
}

function isIn(folder: string, root: string): boolean {
  const way = path.relative(root, folder);
  return way === '' || (way.split(path.sep)[0] !== '..' && !path.isAbsolute(way));
}
