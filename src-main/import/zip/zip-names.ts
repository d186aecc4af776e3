import { getFileNameLowLevel, type Entry } from 'yauzl';
import { keyOf, nameProblem } from '../../system/file-names.ts';
import { problem, type Problem } from './zip-refusals.ts';

/** Greatest folder depth of an entry. */
const DEEPEST = 64;
/** Longest path, bytes: systems allow 4096 in all. */
const LONGEST = 2048;

/**
 * Hangul as Korean Windows writes it (KS X 1001). In code page 437 these bytes are box-drawing characters, which no file name has.
 */
const hangul = /[\xb0-\xc8][\xa1-\xfe]/;

/**
 * An entry's path as intended. Names not marked as UTF-8 are tried as UTF-8 (macOS), then as code page 949 (Korean Windows) if they
 * have Hangul, and are otherwise code page 437, as the format specifies.
 */
export function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  if ((generalPurposeBitFlag & 0x800) !== 0 || !fileNameRaw.some((byte) => byte > 127)) return name;
  const korean = hangul.test(fileNameRaw.toString('latin1')) ? decoded(fileNameRaw, 'euc-kr') : null;
  return decoded(fileNameRaw, 'utf-8') ?? korean ?? name;
}

/** Null if invalid in this encoding. */
function decoded(bytes: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Why a path leads outside its folder, here or on another system; null if it does not. */
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
 * Detects names that collide: duplicates, names that differ only in case or Unicode normalisation, which are the same on many
 * disks, or a file in place of a folder.
 */
export class Places {
  readonly #files = new Set<string>();
  /** Key → spelling. */
  readonly #folders = new Map<string, string>();

  /** Files, and folders with or without an entry of their own. */
  get count(): number {
    return this.#files.size + this.#folders.size;
  }

  /** @returns the problem, or null. */
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
