import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { FolderView } from '../contract/views.ts';
import { systemReason } from '../system/system-reason.ts';

type Entry = FolderView['entries'][number];

/** Most entries shown of one folder. */
const MOST = 1000;

/**
 * A folder's content, for a picker: folders first, then files, by name; hidden ones left out.
 * @param folder absolute; null is the user's home.
 * @throws FalxError `bad-usage`, `not-found`, or `unreadable-file` if the user may not read it.
 */
export async function browse(folder: string | null): Promise<FolderView> {
  const asked = folder ?? homedir();
  if (!path.isAbsolute(asked) || asked.includes('\0'))
    throw new FalxError('folderNotAbsolute', { folder: asked });
  const at = path.resolve(asked);
  const found = await readdir(at, { withFileTypes: true }).catch((cause: unknown) => {
    throw cannotList(at, cause as NodeJS.ErrnoException);
  });
  const shown = found.filter((entry) => !isHidden(entry.name));
  const entries = (await Promise.all(shown.map((entry) => kindOf(at, entry)))).filter(
    (entry) => entry !== null,
  );
  entries.sort(
    (a, b) => Number(a.kind === 'file') - Number(b.kind === 'file') || byName.compare(a.name, b.name),
  );
  const parent = path.dirname(at);
  return {
    folder: at,
    parent: parent === at ? null : parent,
    entries: await Promise.all(entries.slice(0, MOST).map(withSize)),
    places: await places(),
    cut: entries.length > MOST,
  };
}

/** scan2 before scan10, ignoring case. */
const byName = new Intl.Collator('en', { numeric: true });

function isHidden(name: string): boolean {
  return name.startsWith('.') || /^(\$RECYCLE\.BIN|System Volume Information)$/i.test(name);
}

/** Null for what is neither a folder nor a file, and for broken links. */
async function kindOf(folder: string, entry: Dirent): Promise<Omit<Entry, 'bytes'> | null> {
  const whole = path.join(folder, entry.name);
  const target = entry.isSymbolicLink() ? await stat(whole).catch(() => null) : entry;
  const kind = target?.isDirectory() ? 'folder' : target?.isFile() ? 'file' : null;
  return kind && { name: entry.name, path: whole, kind };
}

async function withSize(entry: Omit<Entry, 'bytes'>): Promise<Entry> {
  if (entry.kind === 'folder') return { ...entry, bytes: null };
  // A file may be deleted while its folder is read.
  const bytes = await stat(entry.path).then(
    ({ size }) => size,
    () => null,
  );
  return { ...entry, bytes };
}

function cannotList(folder: string, cause: NodeJS.ErrnoException): FalxError {
  if (cause.code === 'ENOENT') return new FalxError('folderMissing', { folder }, { cause });
  if (cause.code === 'ENOTDIR') return new FalxError('folderIsFile', { folder }, { cause });
  const { code = '' } = cause;
  return new FalxError('folderNotOpened', { folder, code, reason: systemReason(cause) }, { cause });
}

/** Starting points: the user's home, and the disks. */
async function places(): Promise<FolderView['places']> {
  const home = { name: path.basename(homedir()) || homedir(), path: homedir() };
  return [home, ...(await disks())];
}

async function disks(): Promise<FolderView['places']> {
  if (process.platform === 'win32') {
    const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `${letter}:\\`);
    const there = await Promise.all(letters.map(isFolder));
    return letters.filter((_, index) => there[index]).map((disk) => ({ name: disk, path: disk }));
  }
  const user = userInfo().username;
  const roots =
    process.platform === 'darwin' ? ['/Volumes'] : [`/media/${user}`, `/run/media/${user}`, '/mnt'];
  const mounted = await Promise.all(roots.map(foldersIn));
  return [{ name: '/', path: '/' }, ...mounted.flat()];
}

async function foldersIn(root: string): Promise<FolderView['places']> {
  // A system without this mount folder has no disks there.
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
    .map(({ name }) => ({ name, path: path.join(root, name) }));
}

const isFolder = (file: string): Promise<boolean> =>
  stat(file).then(
    (status) => status.isDirectory(),
    () => false, // no such drive
  );
