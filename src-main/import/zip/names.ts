import { getFileNameLowLevel, type Entry } from 'yauzl';
import { nameProblem } from '../../system/names.ts';

/** Folders deep that an entry may lie. */
const DEEPEST = 64;
/** Bytes that its path may have: systems take 4096 in all. */
const LONGEST = 2048;

/**
 * An entry's path as its maker meant it. Names that are not marked as UTF-8 are, more often than not (macOS); else they
 * are of code page 437, as the format has it.
 */
export function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  if ((generalPurposeBitFlag & 0x800) !== 0 || !fileNameRaw.some((byte) => byte > 127)) return name;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fileNameRaw);
  } catch {
    return name;
  }
}

/** What makes a path lead elsewhere than one's folder, here or on another system; null when nothing does. */
export function pathProblem(name: string): string | null {
  if (name.includes('\0')) return 'has a NUL in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/')) return 'has an absolute path';
  if (/^[a-z]:/i.test(name)) return 'names a drive';
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) return 'leads out of the folder';
  if (parts.length > DEEPEST) return `lies more than ${DEEPEST} folders deep`;
  if (Buffer.byteLength(name) > LONGEST) return 'has too long a path';
  return parts.map((part) => nameProblem(part, true)).find((problem) => problem !== null) ?? null;
}

/**
 * Tells names that would meet in one place: the same twice, two that differ in case or in how accents are written
 * only, which are one on many disks, or a file where a folder is.
 */
export class Places {
  readonly #files = new Set<string>();
  /** Key → spelling. */
  readonly #folders = new Map<string, string>();

  /** @returns what is wrong, as words that follow the entry's name, or null. */
  add(name: string): string | null {
    const parts = name.replace(/\/$/, '').split('/');
    const folders = name.endsWith('/') ? parts : parts.slice(0, -1);
    let path = '';
    for (const part of folders) {
      path += `${part}/`;
      const key = keyOf(path.slice(0, -1));
      if (this.#files.has(key)) return 'is a folder where a file is';
      const known = this.#folders.get(key);
      if (known !== undefined && known !== path) return `differs from "${known}" in case or accents only`;
      this.#folders.set(key, path);
    }
    if (name.endsWith('/')) return null;
    const key = keyOf(name);
    if (this.#folders.has(key)) return 'is a file where a folder is';
    if (this.#files.has(key)) return 'is there twice, or differs from another in case or accents only';
    this.#files.add(key);
    return null;
  }
}

const keyOf = (path: string): string => path.normalize('NFC').toLowerCase();
