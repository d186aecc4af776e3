import path from 'node:path';

/** A folder named in rows that does not exist here: paths below it are assumed to be in the folder. */
export interface RemoteRoot {
  /** As in the table, with `/`. */
  root: string;
  rows: number;
}

/**
 * Finds the files that a table's rows refer to: by their path from the folder, from the table's own folder or from the root of the
 * disk; by the end of their path; and failing that, ignoring case and extension.
 */
export class Places {
  readonly #files: Set<string>;
  readonly #folders = new Set<string>();
  /** File name → the files that have it. */
  readonly #byName = new Map<string, string[]>();
  /** The same in lower case, with and without extension. */
  readonly #byAbout = new Map<string, string[]>();
  readonly #place: string;
  readonly #folder: string;
  #elsewhere: RemoteRoot | null = null;

  /** @param files relative to the folder, with `/`. @param place of the table, relative to the folder. @param folder absolute. */
  constructor(files: readonly string[], place: string, folder: string) {
    const keys = files.map(keyOf);
    this.#files = new Set(keys);
    this.#place = keyOf(place);
    this.#folder = keyOf(slashed(folder));
    for (const key of keys) {
      for (const above of foldersOf(key)) this.#folders.add(above);
      const name = path.posix.basename(key);
      put(this.#byName, name, key);
      for (const about of new Set([aboutOf(name), withoutEnding(aboutOf(name))]))
        put(this.#byAbout, about, key);
    }
  }

  /** The result of `learn`. */
  get elsewhere(): RemoteRoot | null {
    return this.#elsewhere;
  }

  /**
   * Determines where absolute paths of another machine, or of a former location, diverge from this folder's: the one folder that
   * explains most of them. A path that only ends like a file's may be a different one.
   */
  learn(written: readonly string[]): void {
    const roots = new Map<string, number>();
    for (const key of written.map((one) => keyOf(slashed(one)))) {
      if (!isWhole(key) || this.#below(key) !== null) continue;
      for (let cut = key.indexOf('/'); cut >= 0; cut = key.indexOf('/', cut + 1)) {
        if (!this.#has(key.slice(cut + 1))) continue;
        roots.set(key.slice(0, cut), (roots.get(key.slice(0, cut)) ?? 0) + 1);
        break;
      }
    }
    const [most] = [...roots].sort(([, one], [, other]) => other - one);
    this.#elsewhere = most ? { root: most[0], rows: most[1] } : null;
  }

  /** The key of a file or folder; null if there is none. */
  find(written: string): string | 'several' | null {
    const key = keyOf(slashed(written));
    const below = this.#below(key);
    for (const at of below === null ? [key, path.posix.join(this.#place, key)] : [below])
      if (this.#has(at)) return at;
    if (isWhole(key) && below === null) return null;
    const wanted = below ?? key;
    const named = this.#byName.get(path.posix.basename(wanted)) ?? [];
    return oneOf(named.filter((file) => file.endsWith(`/${wanted}`))) ?? this.#findAbout(aboutOf(wanted));
  }

  /** Of files whose paths end alike, the one without further folders above. */
  #findAbout(wanted: string): string | 'several' | null {
    const found = (this.#byAbout.get(path.posix.basename(wanted)) ?? []).map((file) => {
      const names = [aboutOf(file), withoutEnding(aboutOf(file))];
      return {
        file,
        whole: names.includes(wanted),
        ends: names.some((name) => `/${name}`.endsWith(`/${wanted}`)),
      };
    });
    const whole = found.filter((one) => one.whole);
    return oneOf((whole.length > 0 ? whole : found.filter((one) => one.ends)).map(({ file }) => file));
  }

  #has(key: string): boolean {
    return this.#files.has(key) || this.#folders.has(key);
  }

  /** An absolute path relative to the folder; null if it is not inside. */
  #below(key: string): string | null {
    const tops = [this.#folder, ...(this.#elsewhere ? [this.#elsewhere.root] : [])];
    const top = isWhole(key) && tops.find((one) => key.startsWith(`${one}/`));
    return top === false || top === undefined ? null : key.slice(top.length + 1);
  }
}

/** A file's folder, its parent, and so on. */
export function* foldersOf(key: string): Generator<string> {
  for (let at = path.posix.dirname(key); at !== '.' && at !== '/'; at = path.posix.dirname(at)) yield at;
}

/** Names are compared in Unicode's composed form: macOS and others encode accents and Hangul differently. */
export const keyOf = (file: string): string => path.posix.normalize(file.normalize('NFC')).replace(/\/$/, '');

const slashed = (file: string): string => file.replaceAll('\\', '/');
const isWhole = (key: string): boolean => /^(\/|[a-z]:\/)/i.test(key);
const aboutOf = (key: string): string => key.toLowerCase();
/** Extensions are letters: numbers after a dot are part of a name. */
const withoutEnding = (name: string): string => name.replace(/\.(nii\.gz|[a-z]{2,5}2?)$/, '');

function oneOf(found: readonly string[]): string | 'several' | null {
  return found.length > 1 ? 'several' : (found[0] ?? null);
}

function put(map: Map<string, string[]>, key: string, file: string): void {
  const same = map.get(key);
  if (same) same.push(file);
  else map.set(key, [file]);
}
