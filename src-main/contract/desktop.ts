/** What a window and its shell exchange beside the calls of `api`. */

/** WebSocket close code when another window has taken over the connection, or has it and was not asked to give it up. */
export const takenOver = 4001;

/** What a page posts to itself with a message port, which the preload script passes to the main process. */
export const connectMessage = 'falx:connect';

/** `extensions` are without the dot; none: any file. */
export type FilesQuestion = { title: string; extensions: string[]; multiple: boolean };

/** What the desktop's preload script puts at `window.falx`. */
export type DesktopBridge = {
  /** Absolute path of a dropped file; empty for one that is not on disk, such as a pasted picture. */
  pathForFile(file: File): string;
  pickFolder(): Promise<string | null>;
  pickFiles(question: FilesQuestion): Promise<string[] | null>;
  /** Only folders of Falx's home and of datasets; others are refused. */
  openFolder(path: string): Promise<void>;
  notify(title: string, body: string): void;
};
