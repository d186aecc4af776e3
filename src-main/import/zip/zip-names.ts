import { getFileNameLowLevel, type Entry } from 'yauzl';
import { keyOf, nameProblem } from '../../system/file-names.ts';
import { problem, type Problem } from './zip-refusals.ts';

/** Folders deep that an entry may lie. */
const DEEPEST = 64;
/** Bytes that its path may have: systems take 4096 in all. */
const LONGEST = 2048;

/** Hangul as Korean Windows writes it (KS X 1001). In code page 437 these bytes draw boxes, which nobody calls a file. */
const hangul = /[\xb0-\xc8][\xa1-\xfe]/;

/**
 * An entry's path as its maker meant it. Names that are not marked as UTF-8 are, more often than not (macOS), or else of
 * code page 949 (Korean Windows) where they have Hangul; else they are of code page 437, as the format has it.
 */
export function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  if ((generalPurposeBitFlag & 0x800) !== 0 || !fileNameRaw.some((byte) => byte > 127)) return name;
  const korean = hangul.test(fileNameRaw.toString('latin1')) ? decoded(fileNameRaw, 'euc-kr') : null;
  return decoded(fileNameRaw, 'utf-8') ?? korean ?? name;
}

/** Null for what is not of this encoding. */
function decoded(bytes: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What makes a path lead elsewhere than one's folder, here or on another system; null when nothing does. */
export function pathProblem(name: string): Problem | null {
  if (name.includes('\0')) return problem('zipNul', {});
  if (name.includes('\\')) return problem('zipBackslash', {});
  if (name.startsWith('/')) return problem('zipAbsolute', {});
  if (/^[a-z]:/i.test(name)) return problem('zipDrive', {});
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) return problem('zipOutside', {});
  if (parts.length > DEEPEST) return problem('zipDeep', { most: DEEPEST });
  if (Buffer.byteLength(name) > LONGEST) return problem('zipLongPath', {});
  const wrong = parts.map((part) => nameProblem(part, true)).find((found) => found !== null);
  return wrong ? problem('zipName', { problem: wrong }) : null;
}

/**
 * Tells names that would meet in one place: the same twice, two that differ in case or in how accents are written
 * only, which are one on many disks, or a file where a folder is.
 */
export class Places {
  readonly #files = new Set<string>();
  /** Key → spelling. */
  readonly #folders = new Map<string, string>();

  /** Files, and folders with or without an entry of their own. */
  get count(): number {
    return this.#files.size + this.#folders.size;
  }

  /** @returns what is wrong, or null. */
  add(name: string): Problem | null {
    const parts = name.replace(/\/$/, '').split('/');
    const folders = name.endsWith('/') ? parts : parts.slice(0, -1);
    let path = '';
    for (const part of folders) {
      path += `${part}/`;
      const key = keyOf(path.slice(0, -1));
      if (this.#files.has(key)) return problem('zipFolderOverFile', {});
      const known = this.#folders.get(key);
      if (known !== undefined && known !== path) return problem('zipCaseOnly', { other: known });
      this.#folders.set(key, path);
    }
    if (name.endsWith('/')) return null;
    const key = keyOf(name);
    if (this.#folders.has(key)) return problem('zipFileOverFolder', {});
    if (this.#files.has(key)) return problem('zipTwice', {});
    this.#files.add(key);
    return null;
  }
}
