import type { DroppedFile } from '../../host/host.ts';

/** Name of the folder that files were dropped or chosen in. */
export const topFolder = (files: readonly DroppedFile[]): string =>
  files[0]?.relativePath.split('/')[0] ?? '';

/** Without hidden files and files in hidden folders, which imports ignore. */
export const visible = (files: readonly DroppedFile[]): DroppedFile[] =>
  files.filter(({ relativePath }) => !relativePath.split('/').some((name) => name.startsWith('.')));

/** The files of an `<input webkitdirectory>`. */
export const chosenFiles = (files: FileList): DroppedFile[] =>
  [...files].map((file) => ({ file, relativePath: file.webkitRelativePath || file.name }));
