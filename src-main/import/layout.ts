import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { UNLABELLED } from '../contract/labels.ts';
import type { Part } from '../contract/records.ts';

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  file: string;
  className: string;
  givenPart: Part | null;
  /** Whose it is, if a CSV says so: a salted hash. */
  patient?: string | null;
}

export interface Layout {
  /** The two class names, in the order of their folders; `UNLABELLED` alone where there are no class folders. */
  classes: readonly string[];
  /** Sorted by path, whatever order the file system has. */
  files: FoundFile[];
  /** Hidden and system files, and files beside the class folders: not looked at. */
  ignored: number;
  warnings: string[];
}

/**
 * Finds the images of a folder with one sub-folder a class, or with train/, validation/ and test/ folders above the
 * class folders. Class folders are walked to any depth, links are followed, and a folder with nothing but one
 * folder in it (as archives unpack) stands for that one. A folder of files alone holds scans without labels.
 * @throws FalxError `not-found`, `bad-dataset`: what was found instead, and how to lay it out.
 */
export async function readLayout(folder: string): Promise<Layout> {
  const top = await unwrap(folder, await listTop(folder));
  if (top.folders.length === 0 && top.files.length > 0) return withoutLabels(folder, top);
  const parts = top.folders.map(partOf);
  const split = parts.some((part) => part !== null);
  if (split && parts.includes(null)) throw mixedLevels(folder, top.folders);

  const counts = { ignored: top.ignored + top.files.length };
  const byClass = new Map<string, { name: string; files: FoundFile[] }>();
  const addClass = async (name: string, at: string, givenPart: Part | null) => {
    const key = split ? name.toLowerCase() : name; // "Yes" under train/ is "yes" under test/
    const found = byClass.get(key) ?? { name, files: [] };
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
    for (const className of inside.folders) await addClass(className, join(at, className), part);
  }
  return twoClasses(folder, top.files.length, [...byClass.values()], counts.ignored);
}

/** What lies beside scans and is none: tables, texts, and the like, by name. */
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
    warnings: [
      'There are no class folders, so the scans have no labels: they can be looked at, checked for twins and predicted, but ' +
        'not split or trained on. Put those of each class in a folder of their own, or give a table of labels (on the ' +
        'command line: --labels FILE.csv).',
    ],
  };
}

function twoClasses(
  folder: string,
  loose: number,
  found: { name: string; files: FoundFile[] }[],
  ignored: number,
): Layout {
  const warnings =
    loose > 0 ? [`${files(loose)} beside the class folders ${loose === 1 ? 'was' : 'were'} left out.`] : [];
  const filled = found.filter((one) => one.files.length > 0);
  const empty = found.filter((one) => one.files.length === 0);
  // An empty folder is a class that has no images yet, unless there are two others.
  const kept = filled.length >= 2 ? filled : found;
  if (kept.length !== 2)
    throw notTwo(
      folder,
      loose,
      kept.map((one) => one.name),
    );
  if (kept === filled && empty.length > 0) {
    warnings.push(`${empty.map((one) => `"${one.name}"`).join(', ')}: no files, left out.`);
  }
  const classes = kept.map((one) => one.name).sort(byCode) as [string, string];
  const all = kept.flatMap((one) => one.files).sort((a, b) => byCode(a.file, b.file));
  return { classes, files: all, ignored, warnings };
}

/**
 * All files of a folder to any depth, whatever its layout; links are followed.
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
  const status = await stat(folder).catch((cause: unknown) => {
    throw new FalxError(
      'not-found',
      `There is no folder "${folder}". Check the path.`,
      { folder },
      { cause },
    );
  });
  if (!status.isDirectory()) {
    throw new FalxError(
      'bad-dataset',
      `"${folder}" is a file. Give the folder that holds a folder for each class.`,
      {
        folder,
      },
    );
  }
  return list(folder);
}

/** Goes down while there is one folder and nothing else. */
async function unwrap(folder: string, listing: Listing): Promise<Listing & { at: string }> {
  let at = '';
  let here = listing;
  while (here.folders.length === 1 && here.files.length === 0) {
    const inside = await list(path.join(folder, at, here.folders[0]!));
    if (inside.folders.length === 0) break;
    at = join(at, here.folders[0]!);
    here = { ...inside, ignored: inside.ignored + here.ignored };
  }
  return { ...here, at };
}

/** Folders (also by way of links) and all else in a folder, sorted by name. */
async function list(folder: string): Promise<Listing> {
  const listing: Listing = { folders: [], files: [], ignored: 0 };
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    throw new FalxError(
      'unreadable-file',
      `The folder "${folder}" can't be read (${cause.message}).`,
      { folder },
      { cause },
    );
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
 * All files below a class folder, as paths that begin with `at`. Links are followed, each real folder is walked once,
 * and none that the whole dataset lies in: links may lead round in rings.
 */
async function walk(folder: string, at: string, counts: { ignored: number }): Promise<string[]> {
  const whole = await realpath(folder);
  const seen = new Set(above(at === '' ? path.dirname(whole) : whole));
  const files: string[] = [];
  const enter = async (here: string): Promise<void> => {
    const real = await realpath(path.join(folder, here));
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

/** A folder and all it lies in. */
function above(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

const leadsToFolder = (link: string): Promise<boolean> =>
  stat(link).then(
    (status) => status.isDirectory(),
    () => false, // a link to nothing is listed as a file, and refused as one with the reason
  );

/** What operating systems and archivers leave behind. */
function isSystemFile(name: string): boolean {
  return /^(\..*|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|__macosx|@eadir)$/i.test(name);
}

/** The part that a folder's name stands for. */
export function partOf(name: string): Part | null {
  if (/^train(ing)?$/i.test(name)) return 'train';
  if (/^(val(id|idation)?|dev)$/i.test(name)) return 'validation';
  return /^test(ing)?$/i.test(name) ? 'test' : null;
}

const LAYOUT =
  'Put the images of each of the two classes in a folder of their own, such as Tumour/ and Healthy/, and import the folder that holds these two.';

function notTwo(folder: string, loose: number, names: string[]): FalxError {
  const facts = { folder, classes: names, files: loose };
  if (names.length === 0) {
    const found = loose > 0 ? `${files(loose)} and no class folders` : 'no files';
    return new FalxError('bad-dataset', `"${folder}" holds ${found}. ${LAYOUT}`, facts);
  }
  const list =
    names
      .slice(0, 8)
      .map((name) => `"${name}"`)
      .join(', ') + (names.length > 8 ? ', …' : '');
  const found =
    names.length === 1 ? `only one class folder, ${list}` : `${names.length} class folders: ${list}`;
  return new FalxError(
    'bad-dataset',
    `"${folder}" has ${found}; Falx tells two classes apart. ${LAYOUT}`,
    facts,
  );
}

function mixedLevels(folder: string, names: string[]): FalxError {
  return new FalxError(
    'bad-dataset',
    `"${folder}" has both part folders (train, validation, test) and others: ${names.map((name) => `"${name}"`).join(', ')}. ` +
      'Keep either the part folders, each with the two class folders in it, or the two class folders alone.',
    { folder, folders: names },
  );
}

const join = (above: string, name: string): string => (above === '' ? name : `${above}/${name}`);
const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

/** By UTF-16 code, so the order is the same everywhere; a locale's is not. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
