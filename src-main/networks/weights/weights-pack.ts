import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { z } from 'zod';
import { FalxError } from '../../contract/errors.ts';
import { message, type Message } from '../../contract/messages/catalogue.ts';
import { NetworkName, networkNames, networkTable } from '../../contract/networks.ts';
import { provideFolder } from '../../system/folders.ts';
import { bytesOf, parseInSubprocess, patienceFor } from '../../system/foreign.ts';
import { requireRoom } from '../../system/free-space.ts';
import { hashOfFile } from '../../system/hashes.ts';
import { installation } from '../../system/installation.ts';
import { openOrdinary } from '../../system/ordinary.ts';
import { systemReason } from '../../system/system-reason.ts';
import { writeZip } from '../../system/zip.ts';
import { falxVersion } from '../../version.ts';
import { identifyWeights, type IdentifiedWeights } from './identify-weights.ts';
import {
  adding,
  addWeights,
  extensionOf,
  keepWeights,
  listWeights,
  sweep,
  weightsFolder,
  type StoredWeights,
} from './weights-store.ts';
import { isFull } from '../../system/disk-error.ts';

/** The first entry of every pack, which distinguishes it from other archives. */
const manifestName = 'falx-weights.json';
const licencesName = 'LICENCES.txt';
/** Largest manifest, bytes. */
const largestManifest = 2 ** 20;

const PackedFile = z.object({
  network: NetworkName,
  /** Name of its entry, without folders. */
  file: z.string().regex(/^[a-z0-9]+(\.weights)?\.(h5|keras|hdf5)$/),
  bytes: z
    .int()
    .positive()
    .max(2 ** 32 - 1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** URL, or the name of the file that was added; for users. */
  source: z.string(),
  /** SPDX identifier of Keras's public file; null for another file, whose licence is unknown here. */
  licence: z.string().nullable(),
  origin: z.string().nullable(),
});

const Manifest = z.object({
  format: z.int(),
  /** Version that packed it. */
  falx: z.string(),
  files: z.array(PackedFile).min(1).max(networkNames.length),
});
type Manifest = z.infer<typeof Manifest>;

const format = 1;

export type PackOptions = {
  onProgress?: ((bytes: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Writes the stored weights to one file that another machine can import without a network: an uncompressed zip archive of a
 * manifest, the licences and the weight files. The same weights give the same bytes.
 * @param target is created. @param wanted left out: all stored weights.
 * @returns its contents, and the networks without stored weights.
 * @throws FalxError `weights-missing` if there is none, or a requested one is missing; `bad-weights` if a stored file was changed;
 *   `bad-usage` if the target exists; `disk`; an AbortError when `signal` aborts.
 */
export async function writePack(
  home: string,
  target: string,
  wanted: readonly NetworkName[] = networkNames,
  { onProgress, signal }: PackOptions = {},
): Promise<{ file: string; files: Manifest['files']; missing: NetworkName[] }> {
  const stored = (await listWeights(home)).filter(({ network }) => wanted.includes(network));
  const missing = wanted.filter((network) => !stored.some((record) => record.network === network));
  if (stored.length === 0 || (missing.length > 0 && wanted.length < networkNames.length))
    throw new FalxError('weightPackNothing', { networks: missing.join(', '), missing });
  const file = path.resolve(target);
  if (existsSync(file)) throw new FalxError('weightPackThere', { file });
  const all = stored.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file: from, sha256 } of stored) {
    signal?.throwIfAborted();
    if ((await hashOfFile(from, 'sha256')) !== sha256)
      throw new FalxError('weightsNotAsAdded', { file: from });
  }
  const manifest: Manifest = {
    format,
    falx: falxVersion(),
    files: await Promise.all(stored.map(packed)),
  };
  const part = `${file}.${process.pid}.part`;
  try {
    await writeZip(
      part,
      [
        { name: manifestName, text: `${JSON.stringify(manifest, null, 2)}\n` },
        { name: licencesName, text: licences() },
        ...stored.map((record, at) => ({ name: manifest.files[at]!.file, file: record.file })),
      ],
      { signal, onBytes: (bytes) => onProgress?.(Math.min(bytes, all), all) },
    );
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    if (signal?.aborted) throw cause;
    throw new FalxError('weightPackNotWritten', { file, reason: systemReason(cause) }, { cause });
  }
  return { file, files: manifest.files, missing };
}

async function packed({
  network,
  file,
  bytes,
  sha256,
  source,
}: StoredWeights): Promise<Manifest['files'][0]> {
  const keras = networkTable[network].weights;
  const isPublic =
    bytes === keras.bytes &&
    (keras.md5 === null
      ? nameIn(source) === nameIn(keras.url)
      : keras.md5 === (await hashOfFile(file, 'md5')));
  return {
    network,
    file: `${network}${extensionOf(file)}`,
    bytes,
    sha256,
    // Its path on this machine is private.
    source: isPublic ? keras.url : nameIn(source),
    licence: isPublic ? keras.licence : null,
    origin: isPublic ? keras.origin : null,
  };
}

/** The licences of Keras's public files, with the texts that they require. */
function licences(): string {
  const lines = networkNames.map((network) => {
    const { title, weights } = networkTable[network];
    return `${title}: ${weights.licence}, https://spdx.org/licenses/${weights.licence}.html\n    ${weights.origin}`;
  });
  const text = readFileSync(path.join(installation.resources, 'weight-licences.txt'), 'utf8');
  return text.replace('{networks}', lines.join('\n'));
}

const nameIn = (source: string): string => source.split(/[/\\]/).at(-1)!;

/**
 * Imports a Keras weight file, or all of a pack made by `writePack`.
 * @throws FalxError as `addWeights` and `addPack`; then nothing has changed.
 */
export async function importWeights(home: string, file: string): Promise<StoredWeights[]> {
  return (await isPack(file)) ? addPack(home, file) : [await addWeights(home, file)];
}

/** By its first bytes, so that a truncated pack is reported as one. */
async function isPack(file: string): Promise<boolean> {
  const start = Buffer.alloc(30 + manifestName.length);
  let handle;
  try {
    handle = await openOrdinary(file);
  } catch {
    return false; // reported when it is read
  }
  try {
    await handle.read(start, 0, start.length, 0);
  } catch {
    return false;
  } finally {
    await handle.close();
  }
  return (
    start.toString('latin1', 0, 4) === 'PK\x03\x04' && start.toString('latin1', 30).startsWith(manifestName)
  );
}

/** A file of a pack, unpacked. */
export type Unpacked = { part: string; of: Manifest['files'][0] };
/** Request to the process that unpacks one: the path for each network's file. */
export type PackTask = { name: string; folder: string; parts: Record<NetworkName, string> };

const module = new URL('./pack-worker.ts', import.meta.url);

/**
 * Imports all weights of a pack into the home folder, if every file in it has the length and SHA-256 of its manifest, and belongs
 * to its network. They replace those networks' earlier files.
 * @throws FalxError `bad-weights` naming the entry and what is wrong; `disk`. Nothing has changed then.
 */
export async function addPack(home: string, file: string): Promise<StoredWeights[]> {
  const name = path.resolve(file);
  const folder = weightsFolder(home);
  provideFolder(folder);
  await sweep(folder);
  const now = Date.now().toString(36);
  const parts = Object.fromEntries(
    networkNames.map((network) => [
      network,
      path.join(folder, `adding.${process.pid}.${now}.${network}.part`),
    ]),
  ) as PackTask['parts'];
  for (const part of Object.values(parts)) adding.add(part);
  try {
    const task: PackTask = { name, folder, parts };
    const patience = patienceFor(await bytesOf(name));
    const { answer } = await parseInSubprocess<PackTask, Unpacked[]>(module, task, name, { patience });
    const found: IdentifiedWeights[] = [];
    for (const { part, of } of answer)
      found.push(await identifyWeights(part, `${name}: ${of.file}`, of.network));
    const stored: StoredWeights[] = [];
    for (const [i, { part, of }] of answer.entries())
      stored.push(await keepWeights(home, part, { ...of, name: of.file, source: name }, found[i]!));
    return stored;
  } finally {
    for (const part of Object.values(parts)) {
      await rm(part, { force: true });
      adding.delete(part);
    }
  }
}

/**
 * Unpacks the files of a pack, each verified against the manifest.
 * @throws FalxError `bad-weights` naming the entry and what is wrong; `disk`. The caller removes the parts.
 */
export async function unpackPack(
  { name, folder, parts }: PackTask,
  reportProgress: () => void,
): Promise<Unpacked[]> {
  const zip = await opened(name);
  try {
    const entries = await listed(zip, name);
    const manifest = await manifestOf(zip, entries, name);
    await requireRoom(
      folder,
      manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const unpacked: Unpacked[] = [];
    for (const of of manifest.files) {
      const part = parts[of.network];
      await unpackTo(part, zip, entries.get(of.file)!, { of, name });
      unpacked.push({ part, of });
      reportProgress();
    }
    return unpacked;
  } finally {
    zip.close();
  }
}

async function opened(name: string): Promise<ZipFile> {
  try {
    return await openPromise(name, { autoClose: false });
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/** The entries by name, if they form a pack: each in its place, once, an ordinary file that is not encrypted. */
async function listed(zip: ZipFile, name: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
      if (/[/\\]/.test(fileName)) throw refused(name, message('weightPackPath', { entry: fileName }));
      if ((kind !== 0 && kind !== 0o100000) || entry.isEncrypted())
        throw refused(name, message('weightPackKind', { entry: fileName }));
      if (entries.has(fileName)) throw refused(name, message('weightPackTwice', { entry: fileName }));
      entries.set(fileName, entry);
    }
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    throw damaged(name, cause);
  }
  return entries;
}

async function manifestOf(zip: ZipFile, entries: Map<string, Entry>, name: string): Promise<Manifest> {
  const entry = entries.get(manifestName);
  if (!entry || entry.uncompressedSize > largestManifest)
    throw refused(name, message('weightPackManifest', {}));
  const chunks: Buffer[] = [];
  for await (const chunk of contentOf(zip, entry, name)) chunks.push(chunk);
  const read = Manifest.safeParse(parsed(Buffer.concat(chunks).toString('utf8')));
  if (!read.success) throw refused(name, message('weightPackManifest', {}));
  const manifest = read.data;
  if (manifest.format > format) throw refused(name, message('weightPackNewer', { falx: manifest.falx }));
  const known = new Set([manifestName, licencesName, ...manifest.files.map((of) => of.file)]);
  for (const fileName of entries.keys())
    if (!known.has(fileName)) throw refused(name, message('weightPackUnknown', { entry: fileName }));
  for (const { file, bytes } of manifest.files) {
    const size = entries.get(file)?.uncompressedSize;
    if (size === undefined) throw refused(name, message('weightPackMissing', { entry: file }));
    if (size !== bytes) throw refused(name, message('weightPackLength', { entry: file, bytes, size }));
  }
  const once = new Set(manifest.files.map(({ network }) => network));
  if (once.size < manifest.files.length || known.size < manifest.files.length + 2)
    throw refused(name, message('weightPackManifest', {}));
  return manifest;
}

async function unpackTo(
  part: string,
  zip: ZipFile,
  entry: Entry,
  { of, name }: { of: Manifest['files'][0]; name: string },
): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(
      async function* () {
        for await (const chunk of contentOf(zip, entry, name)) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(part, { flags: 'wx', flush: true }),
    );
  } catch (error) {
    if (isFull((error as NodeJS.ErrnoException).code))
      throw new FalxError('weightsNoRoom', { file: name, folder: path.dirname(part) }, { cause: error });
    throw error;
  }
  if (hash.digest('hex') !== of.sha256) throw refused(name, message('weightPackHash', { entry: of.file }));
}

/** An entry's content, verified by the archive's own checksum. */
async function* contentOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Buffer> {
  let sum = 0;
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (cause) {
    throw damaged(name, cause);
  }
  if (sum !== entry.crc32) throw refused(name, message('weightPackHash', { entry: entry.fileName }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // reported by the schema
  }
}

const refused = (name: string, reason: Message, cause?: unknown): FalxError =>
  new FalxError('weightPackRefused', { file: name, reason }, { cause });

const damaged = (name: string, cause: unknown): FalxError =>
  refused(
    name,
    message('weightPackDamaged', { detail: { from: 'zip', text: (cause as Error).message } }),
    cause,
  );
