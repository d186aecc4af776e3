import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { toCsv, type Cell } from '../contract/csv.ts';
import { DeidentifyReport } from '../contract/deidentify.ts';
import { FalxError } from '../contract/errors.ts';
import { message } from '../contract/messages/catalogue.ts';
import { inEnglish, type StoredMessage } from '../contract/messages/say.ts';
import { flush, moveDurably } from '../system/durable.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../system/foreign.ts';
import { isLeftBehind } from '../system/processes.ts';
import { writeAtomically } from '../system/write-atomically.ts';
import { falxVersion } from '../version.ts';
import { nothingRemoved, removedKinds, type Removed } from './clean.ts';
import { LeftOut, profile, type Deidentified } from './deidentify-file.ts';
import type { DeidentifyAnswer, DeidentifyTask } from './deidentify-worker.ts';
import { isFull } from '../system/disk-error.ts';

export interface DeidentifyOptions {
  /** File of the key, which is created if missing: 32 random bytes. */
  key: string;
  moveDates?: boolean;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface DeidentifyResult {
  report: DeidentifyReport;
  /** Beside the folder; contains no identity. */
  reportFile: string;
  /** Beside the folder; contains all identities. */
  mappingFile: string;
  /** Relative to the source, and why. */
  leftOut: { file: string; reason: StoredMessage }[];
}

const module = new URL('./deidentify-worker.ts', import.meta.url);
const KEY_BYTES = 32;

/**
 * Writes copies of a folder's DICOM images without identities into a new folder, by the profile of PS3.15, Annex E. The source is
 * never written to. The new folder is complete or absent.
 * @throws FalxError `bad-usage`, `not-found`, `disk`, `cancelled`
 */
export async function deidentifyFolder(
  source: string,
  to: string,
  options: DeidentifyOptions,
): Promise<DeidentifyResult> {
  const { folder, target } = places(source, to);
  const [reportFile, mappingFile] = [`${target}.report.json`, `${target}.mapping.csv`];
  for (const file of [target, reportFile, mappingFile])
    if (existsSync(file)) throw new FalxError('deidentifyExists', { file });
  const key = await keyIn(options.key);
  const files = filesBelow(folder);
  sweep(target);
  const part = `${target}.part-${process.pid}`;
  mkdirSync(part, { mode: 0o700 });
  try {
    const { report, mapping, left } = await writeAll(folder, files, part, key, options);
    const whole = DeidentifyReport.parse({ ...report, folder: target });
    await writeAtomically(mappingFile, mapping);
    await writeAtomically(reportFile, `${JSON.stringify(whole, null, 2)}\n`);
    await moveDurably(part, target);
    return { report: whole, reportFile, mappingFile, leftOut: left };
  } catch (error) {
    for (const gone of [part, mappingFile, reportFile]) rmSync(gone, { recursive: true, force: true });
    if (isFull((error as NodeJS.ErrnoException).code))
      throw new FalxError('deidentifyNoRoom', { folder: target });
    throw error;
  }
}

/** @throws FalxError for folders inside one another: the source must not be written to, nor read while it grows. */
function places(source: string, to: string): { folder: string; target: string } {
  const parent = path.dirname(path.resolve(to));
  for (const folder of [source, parent])
    if (!existsSync(folder)) throw new FalxError('deidentifyFolderMissing', { folder });
  const folder = realpathSync(source);
  const target = path.join(realpathSync(parent), path.basename(path.resolve(to)));
  if (isIn(target, folder) || isIn(folder, target))
    throw new FalxError('deidentifyNested', { folder: target, source: folder });
  return { folder, target };
}

function isIn(inner: string, outer: string): boolean {
  const way = path.relative(outer, inner);
  return way === '' || (way.split(path.sep)[0] !== '..' && !path.isAbsolute(way));
}

/** Pseudonyms are derived from it, so it is kept, and never replaced. @throws FalxError */
async function keyIn(file: string): Promise<Buffer> {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    flush(path.dirname(file));
  }
  const text = (await readFile(file, 'latin1')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new FalxError('deidentifyNoKey', { file });
  return Buffer.from(text, 'hex');
}

/** Every entry below that is no folder, relative, in order. Links are listed and not followed. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Removes incomplete folders of dead processes. */
function sweep(target: string): void {
  for (const name of readdirSync(path.dirname(target))) {
    const pid = name.startsWith(`${path.basename(target)}.part-`)
      ? Number(name.split('.part-').at(-1))
      : Number.NaN;
    if (Number.isInteger(pid) && isLeftBehind(pid, false))
      rmSync(path.join(path.dirname(target), name), { recursive: true, force: true });
  }
}

const head = [
  ...['source', 'file', 'left out', 'patient', 'patient now', 'days', 'study', 'study now'],
  ...['series', 'series now', 'instance', 'instance now'],
];

async function writeAll(
  folder: string,
  files: readonly string[],
  part: string,
  key: Buffer,
  { moveDates = false, onProgress, signal }: DeidentifyOptions,
): Promise<{
  report: Omit<DeidentifyReport, 'folder'>;
  mapping: string;
  left: DeidentifyResult['leftOut'];
}> {
  const falx = falxVersion();
  const removed = nothingRemoved();
  const leftOut: DeidentifyReport['leftOut'] = {};
  const warnings: DeidentifyReport['warnings'] = [];
  const patients = new Set<string>();
  const written = new Set<string>();
  const rows: Cell[][] = [];
  const left: DeidentifyResult['leftOut'] = [];
  for (const [index, source] of files.entries()) {
    onProgress?.(index, files.length);
    if (signal?.aborted) throw new FalxError('deidentifyCancelled', {});
    try {
      const made = await deidentifyInSubprocess(path.join(folder, source), { key, moveDates, falx });
      for (const kind of removedKinds) removed[kind] += made.removed[kind];
      const file = freePlace(made.place, written);
      if (file !== made.place.join('/')) warnings.push({ file, warning: 'sameInstance' });
      if (made.warning !== null) warnings.push({ file, warning: made.warning });
      mkdirSync(path.join(part, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(part, file), made.content, { flag: 'wx', flush: true });
      written.add(file);
      patients.add(made.to.patient);
      rows.push(rowOf(source, file, made));
    } catch (error) {
      if (!(error instanceof LeftOut)) throw error;
      leftOut[error.why] = (leftOut[error.why] ?? 0) + 1;
      left.push({ file: source, reason: error.reason });
      rows.push([source, '', inEnglish(error.reason)]);
    }
  }
  onProgress?.(files.length, files.length);
  return {
    report: {
      falx,
      profile,
      dates: moveDates ? 'moved' : 'removed',
      files: written.size,
      patients: patients.size,
      leftOut,
      warnings,
      removed,
    },
    mapping: toCsv(head, rows),
    left,
  };
}

const rowOf = (source: string, file: string, { from, to, days }: Deidentified): Cell[] => [
  ...[source, file, '', from.patient, to.patient, days],
  ...[from.study, to.study, from.series, to.series, from.instance, to.instance],
];

/** Two files that claim to be the same image are both kept. */
function freePlace(place: readonly string[], taken: ReadonlySet<string>): string {
  const wanted = place.join('/');
  for (let number = 1; ; number++) {
    const file = number === 1 ? wanted : wanted.replace(/\.dcm$/, `-${number}.dcm`);
    if (!taken.has(file)) return file;
  }
}

/**
 * One file without identities, read and cleaned in a process of its own.
 * @throws LeftOut if it is no DICOM file, can't be read, or crashed its process.
 */
async function deidentifyInSubprocess(
  file: string,
  { key, moveDates, falx }: { key: Buffer; moveDates: boolean; falx: string },
): Promise<Deidentified & { removed: Removed }> {
  const task: DeidentifyTask = { file, key: key.toString('hex'), moveDates, falx };
  const patience = patienceFor(await bytesOf(file));
  const { answer, bytes } = await parseInSubprocess<DeidentifyTask, DeidentifyAnswer>(module, task, file, {
    patience,
  }).catch((error: unknown) => {
    if (error instanceof FalxError && error.facts['why'] === 'readerFailed')
      throw new LeftOut('damaged', message('leftOutDamaged', { fault: error.asMessage }));
    throw error;
  });
  if ('leftOut' in answer) throw new LeftOut(answer.leftOut, answer.reason);
  return { ...answer, content: bytes[0]! };
}
