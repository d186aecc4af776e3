export { lastName } from '../../src-main/contract/paths.ts';

const separator = (path: string): string => (path.includes('\\') && !path.includes('/') ? '\\' : '/');

/** The parent folder of a path; null for a root. */
export function folderOf(path: string): string | null {
  const whole = path.replace(/[/\\]+$/, '');
  const at = Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\'));
  if (at < 0) return null;
  const folder = whole.slice(0, at);
  // A root, of Unix or of a drive, ends with its separator.
  return folder === '' || folder.endsWith(':') ? whole.slice(0, at + 1) : folder;
}

/** The path of an entry in a folder. */
export const pathIn = (folder: string, name: string): string =>
  /[/\\]$/.test(folder) ? folder + name : folder + separator(folder) + name;
