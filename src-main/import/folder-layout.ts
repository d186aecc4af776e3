import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { UNLABELLED, type ClassChoice } from '../contract/labels.ts';
import { message } from '../contract/messages/catalogue.ts';
import type { StoredMessage } from '../contract/messages/say.ts';
import type { Part } from '../contract/records.ts';
import { keyOf } from '../system/file-names.ts';
import { systemReason } from '../system/system-reason.ts';
import { chooseClasses, noSuggestion, suggestion, type Chosen } from './choose-classes.ts';

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  file: string;
  className: string;
  givenPart: Part | null;
  /** The patient, if a CSV gives one: a salted hash. */
  patient?: string | null;
  /** The file of which this name could denote a picture: then it can't be imported. */
  like?: string;
}

export interface Layout {
  /** The two class names, in the order of their folders; only `UNLABELLED` without class folders. */
  classes: readonly string[];
  /** Sorted by path, regardless of the file system's order. */
  files: FoundFile[];
  /** Hidden and system files, and files beside the class folders: not read. */
  ignored: number;
  warnings: StoredMessage[];
}

/**
 * Finds the images of a folder with one subfolder per class, or with train/, validation/ and test/ folders above the class folders
 * or inside each of them. Class folders are searched at any depth, links are followed, and a folder that contains only one other
 * folder (as archives unpack), and perhaps texts, is replaced by that one. A folder with only files holds scans without labels.
 * @param wanted the two classes to use of more, each made of one class folder or several.
 * @throws FalxError `not-found`, `unreadable-file`, `bad-dataset`: what was found instead, and how to arrange it; `bad-usage` a
 *   requested class is missing.
 */
export async function readLayout(folder: string, wanted?: readonly ClassChoice[]): Promise<Layout> {
  const top = await unwrap(folder, await listTop(folder));
  if (top.folders.length === 0 && top.files.length > 0) return withoutLabels(folder, top);
  const parts = top.folders.map(partOf);
  const split = parts.some((part) => part !== null);
  if (split && parts.includes(null)) throw mixedLevels(folder, top.folders);

  const counts = { ignored: top.ignored + top.files.length };
  let loose = top.files.length;
  const byClass = new Map<string, ClassFolder>();
  const addClass = async (name: string, at: string, givenPart: Part | null) => {
    // "Yes" under train/ is "yes" under test/; and macOS encodes accents and Hangul differently from others.
    const key = split ? keyOf(name) : name.normalize('NFC');
    const found = byClass.get(key) ?? { name: name.normalize('NFC'), files: [] };
    byClass.set(key, found);
    for (const file of await walk(folder, at, counts))
      found.files.push({ file, className: found.name, givenPart });
  };
  for (const [index, name] of top.folders.entries()) {
    const at = join(top.at, name);
    const part = parts[index] ?? null;
    if (!part) {
      await addClass(name, at, null);
      continue;
    }
    const inside = await list(path.join(folder, at));
    counts.ignored += inside.ignored + inside.files.length;
    loose += inside.files.length;
    for (const className of inside.folders) await addClass(className, join(at, className), part);
  }
  const layout = twoClasses(folder, loose, [...byClass.values()], counts.ignored, wanted);
  return split ? layout : { ...layout, files: withParts(layout.files) };
}

/** Greatest depth at which set folders are searched for. */
const PARTS_WITHIN = 6;

/** Assigns files to the sets whose folders they are in, if all are in folders of several sets, at the same depth. */
export function withParts(files: readonly FoundFile[]): FoundFile[] {
  const steps = files.map(({ file }) => file.split('/').slice(0, -1));
  for (let depth = 0; depth < PARTS_WITHIN; depth += 1) {
    const parts: Part[] = [];
    for (const folders of steps) {
      const part = partOf(folders[depth] ?? '');
      if (part === null) break;
      parts.push(part);
    }
    if (parts.length === files.length && new Set(parts).size > 1)
      return files.map((file, index) => ({ ...file, givenPart: parts[index]! }));
  }
  return [...files];
}

/** Files that accompany scans, by name: tables, texts, and the like. */
const beside =
  /(^|[/.])(csv|tsv|txt|md|bvals?|bvecs?|rst|json|ya?ml|xml|html?|pdf|rtf|docx?|xlsx?|log|py|m|sh|licen[cs]e|readme)$/i;

function withoutLabels(folder: string, top: Listing & { at: string }): Layout {
  const files = top.files.filter((name) => !beside.test(name));
  const others = top.files.length - files.length;
  if (files.length === 0) throw notTwo(folder, top.files.length, []);
  return {
    classes: [UNLABELLED],
    files: files.map((name) => ({ file: join(top.at, name), className: UNLABELLED, givenPart: null })),
    ignored: top.ignored + others,
    warnings: [message('warnUnlabelled', {})],
  };
}

interface ClassFolder {
  name: string;
  files: FoundFile[];
}

function twoClasses(
  folder: string,
  loose: number,
  all: ClassFolder[],
  ignored: number,
  wanted: readonly ClassChoice[] | undefined,
): Layout {
  const warnings: StoredMessage[] = loose > 0 ? [message('warnLoose', { count: loose })] : [];
  const chosen = wanted && chooseClasses(all, wanted, (name) => noClass(folder, all, name));
  const found = chosen?.map(together) ?? all;
  const taken = chosen?.flatMap(({ of }) => of) ?? all;
  const others = all.filter((one) => !taken.includes(one) && one.files.length > 0);
  if (others.length > 0)
    warnings.push(
      message('warnOtherClasses', {
        classes: others.map((one) => ({ name: one.name, count: one.files.length })),
      }),
    );
  const filled = found.filter((one) => one.files.length > 0);
  const empty = found.filter((one) => one.files.length === 0);
  // An empty folder is a class without images yet, unless there are two others.
  const kept = filled.length >= 2 ? filled : found;
  if (kept.length !== 2) throw notTwo(folder, loose, kept.map((one) => one.name).sort(byCode));
  if (kept === filled && empty.length > 0) {
    warnings.push(message('warnNoFiles', { names: empty.map((one) => one.name) }));
  }
  if (filled.length === 0) throw allEmpty(folder, kept);
  const classes = kept.map((one) => one.name).sort(byCode) as [string, string];
  const sorted = kept.flatMap((one) => one.files).sort((a, b) => byCode(a.file, b.file));
  const left = others.reduce((sum, one) => sum + one.files.length, 0);
  return { classes, files: sorted, ignored: ignored + left, warnings };
}

/** Merges several class folders into one class. */
function together({ name, of }: Chosen<ClassFolder>): ClassFolder {
  return { name, files: of.flatMap((one) => one.files.map((file) => ({ ...file, className: name }))) };
}

function noClass(folder: string, found: readonly { name: string }[], wanted: string): FalxError {
  const classes = found.map(({ name }) => name);
  return new FalxError('classFolderMissing', { folder, wanted, classes, count: classes.length });
}

/**
 * All files of a folder at any depth, whatever its layout; links are followed.
 * @throws FalxError `not-found`, `bad-dataset` no folder; `unreadable-file`.
 */
export async function listFiles(folder: string): Promise<{ files: { file: string }[]; ignored: number }> {
  const counts = { ignored: 0 };
  await listTop(folder);
  const files = (await walk(folder, '', counts)).sort(byCode).map((file) => ({ file }));
  return { files, ignored: counts.ignored };
}

interface Listing {
  folders: string[];
  files: string[];
  ignored: number;
}

async function listTop(folder: string): Promise<Listing> {
  const status = await stat(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw unreadableFolder(folder, cause);
    throw new FalxError('folderMissing', { folder }, { cause });
  });
  if (!status.isDirectory()) throw new FalxError('notToImport', { folder, what: 'file' });
  return list(folder);
}

/** Descends as long as there is only one folder besides explanatory texts. */
async function unwrap(folder: string, listing: Listing): Promise<Listing & { at: string }> {
  let at = '';
  let here = listing;
  while (here.folders.length === 1 && here.files.every((name) => beside.test(name))) {
    const inside = await list(path.join(folder, at, here.folders[0]!));
    if (inside.folders.length === 0) break;
    at = join(at, here.folders[0]!);
    here = { ...inside, ignored: inside.ignored + here.ignored + here.files.length };
  }
  return { ...here, at };
}

/** Folders (including links to them) and everything else in a folder, sorted by name. */
async function list(folder: string): Promise<Listing> {
  const listing: Listing = { folders: [], files: [], ignored: 0 };
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadableFolder(folder, cause);
  });
  for (const entry of entries) {
    if (isSystemFile(entry.name)) listing.ignored += 1;
    else if (
      entry.isDirectory() ||
      (entry.isSymbolicLink() && (await leadsToFolder(path.join(folder, entry.name))))
    ) {
      listing.folders.push(entry.name);
    } else listing.files.push(entry.name);
  }
  listing.folders.sort(byCode);
  listing.files.sort(byCode);
  return listing;
}

/**
 * All files below a class folder, as paths that begin with `at`. Links are followed; each real folder is visited once, and none
 * that contains the whole dataset: links may form cycles.
 */
async function walk(folder: string, at: string, counts: { ignored: number }): Promise<string[]> {
  const realOf = (at: string) =>
    realpath(at).catch((cause: unknown) => {
      throw unreadableFolder(at, cause);
    });
  const whole = await realOf(folder);
  const seen = new Set(above(at === '' ? path.dirname(whole) : whole));
  const files: string[] = [];
  const enter = async (here: string): Promise<void> => {
    const real = await realOf(path.join(folder, here));
    if (seen.has(real)) {
      counts.ignored += 1;
      return;
    }
    seen.add(real);
    const listing = await list(path.join(folder, here));
    counts.ignored += listing.ignored;
    for (const name of listing.files) files.push(join(here, name));
    for (const name of listing.folders) await enter(join(here, name));
  };
  await enter(at);
  return files;
}

/** A folder and all its parents. */
function above(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

const leadsToFolder = (link: string): Promise<boolean> =>
  stat(link).then(
    (status) => status.isDirectory(),
    () => false, // a broken link is listed as a file, and refused as one with the reason
  );

/** Left behind by operating systems and archivers. */
function isSystemFile(name: string): boolean {
  return /^(\..*|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|__macosx|@eadir)$/i.test(name);
}

/** The set that a folder's name stands for, "train", "Testing" or "val_images". */
export function partOf(name: string): Part | null {
  const [, word = ''] =
    /^([a-z]+?)(?:[ _-]?(?:set|data|dataset|images?|scans?|files?|folder))?$/i.exec(name) ?? [];
  if (/^train(ing)?$/i.test(word)) return 'train';
  if (/^(val(id|idation)?|dev)$/i.test(word)) return 'validation';
  return /^test(ing)?$/i.test(word) ? 'test' : null;
}

function notTwo(folder: string, loose: number, classes: string[]): FalxError {
  const choice = classes.length > 2 ? suggestion(classes) : noSuggestion;
  return new FalxError('layoutNotTwo', { folder, classes, count: classes.length, files: loose, ...choice });
}

function allEmpty(folder: string, found: readonly { name: string }[]): FalxError {
  const [first, second] = found.map(({ name }) => name) as [string, string];
  return new FalxError('layoutEmpty', { folder, first, second });
}

const unreadableFolder = (folder: string, cause: unknown): FalxError =>
  new FalxError('folderNotRead', { folder, reason: systemReason(cause) }, { cause });

const mixedLevels = (folder: string, folders: string[]): FalxError =>
  new FalxError('layoutMixed', { folder, folders });

const join = (above: string, name: string): string => (above === '' ? name : `${above}/${name}`);

/** By UTF-16 code units, so that the order is the same in every locale. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
