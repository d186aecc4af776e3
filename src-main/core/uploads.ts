import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { FalxError } from '../contract/errors.ts';
import type { UploadPurpose } from '../contract/api.ts';
import type { ParametersOf } from '../contract/messages/catalogue.ts';
import { systemReason } from '../system/system-reason.ts';
import { uploadsOf } from '../registry/find-home.ts';
import { newId, type Registry } from '../registry/registry.ts';
import { requireRoom } from '../system/free-space.ts';
import { sha256Of } from '../system/hashes.ts';
import { isLeftBehind } from '../system/processes.ts';
import { nameProblem } from '../system/file-names.ts';
import type { Log } from './log.ts';

/** Bytes between two checks of free space, while a file of unknown length arrives. */
const LOOK_EVERY = 64 * 2 ** 20;

/** Marker in an upload that is only to be predicted: the process that it was sent to. */
const TO_ANSWER = '.to-answer';

/** Creates a folder for files that a window is about to send. */
export async function newUpload(
  home: string,
  purpose: UploadPurpose = 'keep',
): Promise<{ uploadId: string; folder: string }> {
  const uploadId = newId('up');
  const folder = path.join(uploadsOf(home), uploadId);
  await onDisk(folder, async () => {
    await mkdir(folder, { recursive: true });
    if (purpose === 'answer') await putMark(folder);
  });
  return { uploadId, folder };
}

const putMark = (folder: string): Promise<void> =>
  writeFile(path.join(folder, TO_ANSWER), String(process.pid));

/** Bytes `from` (the first is 0) to `to`, both included, of `total`. */
export type Piece = { from: number; to: number; total: number };

export type Upload = {
  home: string;
  uploadId: string;
  /** Names as sent, decoded: folders, then the file. */
  parts: readonly string[];
  body: ReadableStream<Uint8Array>;
  /** As announced, or null. */
  bytes: number | null;
  /** Range of this piece in the file, pieces being sent in order; null: the whole file. */
  piece: Piece | null;
  signal?: AbortSignal | undefined;
};

/**
 * Stores one file that a window sends, in one piece or several: completely or not at all. Applies back-pressure: no more is read
 * than is written, however long it is.
 * @returns its absolute path; null until the last piece has arrived.
 * @throws FalxError `bad-usage` a name that could lead elsewhere; `not-found` no such upload; `disk` no room.
 */
export async function receive(upload: Upload): Promise<string | null> {
  const { home, uploadId, parts, piece, bytes } = upload;
  if (!/^up-[0-9a-z]+$/.test(uploadId)) throw refused(uploadId, 'upload');
  if (parts.length === 0 || parts.length > 32) throw refused(parts.join('/'), 'path');
  for (const part of parts) refuseName(part);
  const root = path.join(uploadsOf(home), uploadId);
  const known = await stat(root).catch(absent);
  if (!known?.isDirectory()) throw new FalxError('uploadGone', { kind: 'upload', id: uploadId });
  await requireRoom(root, piece ? piece.total - piece.from : (bytes ?? 0));

  const target = path.join(root, ...parts);
  await makeFolders(root, parts.slice(0, -1));
  const temporary = path.join(root, `.${piece ? sha256Of(parts.join('/')) : newId('up')}.part`);
  if (piece && piece.from > 0 && (await stat(temporary).catch(absent))?.size !== piece.from)
    throw new FalxError('uploadOutOfTurn', { file: parts.join('/'), ...piece });
  const whole = piece === null || piece.to + 1 === piece.total;
  try {
    await onDisk(target, () => write(upload, temporary, root));
    if (whole) await onDisk(target, () => rename(temporary, target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return whole ? target : null;
}

async function write(
  { body, bytes: announced, piece, signal }: Upload,
  file: string,
  root: string,
): Promise<void> {
  const bytes = piece ? piece.to + 1 - piece.from : announced;
  let written = 0;
  let looked = 0;
  /** Passes the file on, as long as there is room for it. */
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      written += chunk.length;
      if (bytes !== null && written > bytes) throw new FalxError('uploadLength', { what: 'more', bytes });
      if (written - looked > LOOK_EVERY) {
        looked = written;
        await requireRoom(root, LOOK_EVERY);
      }
      yield chunk;
    }
  }
  const output = createWriteStream(file, {
    flags: piece ? (piece.from === 0 ? 'w' : 'a') : 'wx',
    flush: true,
  });
  // If a stream is aborted before its file is open, the file is created all the same, after it was cleaned up.
  await once(output, 'open');
  try {
    await pipeline(body, counted, output, signal === undefined ? {} : { signal });
  } finally {
    if (!output.closed) await once(output, 'close');
  }
  if (bytes !== null && written < bytes) throw new FalxError('uploadLength', { what: 'fewer', bytes });
}

function refuseName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== null) throw refused(name, problem);
}

function refused(file: string, problem: ParametersOf<'uploadName'>['problem']): FalxError {
  return new FalxError('uploadName', { file, problem });
}

/** One by one, so that a link placed there by someone else is not followed. */
async function makeFolders(root: string, names: readonly string[]): Promise<void> {
  let folder = root;
  for (const name of names) {
    folder = path.join(folder, name);
    await onDisk(folder, () => mkdir(folder).catch(present));
    if (!(await lstat(folder)).isDirectory()) throw refused(name, 'notFolder');
  }
}

/** Age at which unused uploads are deleted, milliseconds. */
const ABANDONED = 24 * 3600 * 1000;

/**
 * Removes uploads that became no dataset and that no prediction refers to, from yesterday and before; if no history is kept, also
 * those sent only to be predicted by a process that has ended, in whatever way.
 */
export async function removeAbandonedUploads(home: string, registry: Registry, log: Log): Promise<void> {
  const root = uploadsOf(home);
  const names = (await readdir(root).catch(absent)) ?? [];
  const { keepHistory } = registry.preferences.get();
  const abandoned = [];
  for (const name of names) {
    const folder = path.join(root, name);
    const isOld = Date.now() - (await stat(folder)).mtimeMs >= ABANDONED;
    if (isOld || (!keepHistory && (await wasForPrediction(folder)))) abandoned.push(name);
  }
  await removeUnused(home, registry, abandoned, log);
}

async function wasForPrediction(folder: string): Promise<boolean> {
  const pid = Number(await readFile(path.join(folder, TO_ANSWER), 'utf8').catch(absent));
  return Number.isSafeInteger(pid) && pid > 0 && isLeftBehind(pid, false);
}

/**
 * Removes the uploads of these files, if no history is kept and nothing else uses them: what was sent only to be predicted is not
 * left on disk.
 * @param files absolute paths; those that were not uploaded stay where they are.
 */
export async function removeAnswered(
  home: string,
  registry: Registry,
  files: Iterable<string>,
  log: Log,
): Promise<void> {
  if (registry.preferences.get().keepHistory || registry.readOnly) return;
  const names = new Set<string>();
  for (const file of files) {
    const [name = '', ...inside] = path.relative(uploadsOf(home), file).split(path.sep);
    if (/^up-[0-9a-z]+$/.test(name) && inside.length > 0) names.add(name);
  }
  await removeUnused(home, registry, [...names], log);
}

async function removeUnused(home: string, registry: Registry, names: string[], log: Log): Promise<void> {
  // All predictions are read only if there is something to delete.
  if (names.length === 0) return;
  const used = [
    ...registry.datasets.list({ removed: 'any' }).map((dataset) => dataset.folder),
    ...registry.imports.unfinished().map(({ folder }) => folder),
    ...registry.predictions.list().map((prediction) => prediction.file),
  ];
  for (const name of names) {
    const folder = path.join(uploadsOf(home), name);
    const isUsed = used.some((file) => file === folder || file.startsWith(folder + path.sep));
    if (isUsed) continue;
    await rm(folder, { recursive: true, force: true });
    log.info({ upload: name }, 'removed an upload that nothing stands on');
  }
}

/** Marks the folder that an archive was unpacked to as only to be predicted. @param file one of its files, absolute; any other stays as it is. */
export async function markToAnswer(home: string, file: string): Promise<void> {
  const [name = ''] = path.relative(uploadsOf(home), file).split(path.sep);
  if (!/^up-[0-9a-f]{20}$/.test(name)) return;
  const folder = path.join(uploadsOf(home), name);
  await onDisk(path.join(folder, TO_ANSWER), () => putMark(folder));
}

/** Removes an archive that a window has sent, once it is unpacked. Any other file stays where it is. */
export async function removeSentArchive(home: string, file: string): Promise<void> {
  const [upload = '', ...inside] = path.relative(uploadsOf(home), file).split(path.sep);
  if (!/^up-[0-9a-z]{8}$/.test(upload) || inside.length !== 1) return;
  if ((await stat(file)).isFile())
    await rm(path.join(uploadsOf(home), upload), { recursive: true, force: true });
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}

function present(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    const { code, name } = cause as NodeJS.ErrnoException;
    if (name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET')
      throw new FalxError('uploadBrokenOff', { name: path.basename(file), file });
    if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR')
      throw new FalxError('uploadNamesMeet', { file }, { cause });
    throw new FalxError('uploadNotWritten', { file, reason: systemReason(cause) }, { cause });
  }
}
