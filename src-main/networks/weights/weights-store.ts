import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FalxError } from '../../contract/errors.ts';
import { legacy } from '../../contract/messages/catalogue.ts';
import { Part } from '../../contract/messages/parameters.ts';
import type { StoredMessage } from '../../contract/messages/say.ts';
import { NetworkName, networkNames } from '../../contract/networks.ts';
import { copyDurably, moveDurably, replaceFile } from '../../system/durable.ts';
import { provideFolder } from '../../system/folders.ts';
import { sha256Of } from '../../system/hashes.ts';
import { isLeftBehind } from '../../system/processes.ts';
import { systemReason } from '../../system/system-reason.ts';
import { identifyWeights, type IdentifiedWeights } from './identify-weights.ts';
import { isFull } from '../../system/disk-error.ts';

const WeightRecord = z.object({
  network: NetworkName,
  /** Name inside the weights folder. */
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** The path or URL it came from. */
  source: z.string(),
  added: z.iso.datetime(),
  batchNormFolded: z.boolean(),
  /** Sentences, if an earlier version wrote them. */
  notes: z.array(z.union([Part, z.string()])),
});

/** As stored on disk: with the SHA-256 of its JSON, to detect damage; earlier versions left it out. */
const SealedRecord = WeightRecord.extend({ own: z.string().optional() });

/** Pretrained weights of a network, stored in the home folder. */
export interface StoredWeights extends Omit<z.infer<typeof WeightRecord>, 'notes'> {
  /** Absolute path. */
  file: string;
  /** Notes from when it was added. */
  notes: StoredMessage[];
  /** Whether the file is still there with its full length. */
  intact: boolean;
}

/** `<home>/weights`: one weight file per network, beside a record of its origin. */
export const weightsFolder = (home: string): string => path.join(home, 'weights');
const recordFile = (home: string, network: NetworkName): string =>
  path.join(weightsFolder(home), `${network}.json`);

/** The stored weights, at most one record per network. */
export async function listWeights(home: string): Promise<StoredWeights[]> {
  const records = await Promise.all(networkNames.map((network) => recordOf(home, network)));
  return records.filter((record) => record !== null);
}

/**
 * The stored weights of a network, or null if none were added.
 * @throws FalxError `weights-missing` if they were, but the file is missing or truncated.
 */
export async function storedWeights(home: string, network: NetworkName): Promise<StoredWeights | null> {
  const stored = await recordOf(home, network);
  if (stored === null || stored.intact) return stored;
  throw new FalxError('weightsGone', {
    network,
    networkName: network,
    file: stored.file,
    source: stored.source,
  });
}

/**
 * Copies a Keras weight file into the home folder, after verifying that it has all layers of one network. It replaces that
 * network's earlier file.
 * @throws FalxError `unreadable-file`, `bad-weights` naming the layer, or `disk`; then nothing has changed.
 */
export async function addWeights(home: string, file: string): Promise<StoredWeights> {
  const source = path.resolve(file);
  provideFolder(weightsFolder(home));
  await sweep(weightsFolder(home));
  const copy = path.join(weightsFolder(home), `adding.${process.pid}.${newPart()}.part`);
  adding.add(copy);
  try {
    // The copy is verified, so that a file that changes meanwhile can't go unnoticed.
    const sha256 = await copied(source, copy);
    return await adoptWeights(home, copy, { name: source, source, sha256, network: null });
  } finally {
    await rm(copy, { force: true });
    adding.delete(copy);
  }
}

/** Copies that this process is making. */
export const adding = new Set<string>();
let parts = 0;
const newPart = (): string => `${Date.now().toString(36)}-${(parts += 1)}`;

/** Removes unfinished copies of dead processes. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^adding\.(\d+)\..*\.part$/.exec(name)?.[1];
    const file = path.join(folder, name);
    if (pid !== undefined && isLeftBehind(Number(pid), adding.has(file))) await rm(file, { force: true });
  }
}

async function copied(source: string, copy: string): Promise<string> {
  try {
    return await copyDurably(source, copy);
  } catch (cause) {
    if (isFull((cause as NodeJS.ErrnoException).code))
      throw new FalxError('weightsNoRoom', { file: source, folder: path.dirname(copy) }, { cause });
    throw new FalxError('weightsUnreadable', { file: source, reason: systemReason(cause) }, { cause });
  }
}

/**
 * Turns a file in the weights folder into the network's own, once it is verified: moves and records it.
 * @param of its origin, and the network it must belong to, or null for any.
 */
export async function adoptWeights(home: string, file: string, of: Origin): Promise<StoredWeights> {
  return keepWeights(home, file, of, await identifyWeights(file, of.name, of.network));
}

/** What is known of a file before it is identified. */
export type Origin = { name: string; source: string; sha256: string; network: NetworkName | null };

/** The same for an identified file. */
export async function keepWeights(
  home: string,
  file: string,
  { name, source, sha256 }: Origin,
  found: IdentifiedWeights,
): Promise<StoredWeights> {
  const before = await recordOf(home, found.network);
  const target = path.join(
    weightsFolder(home),
    `${found.network}-${sha256.slice(0, 12)}${extensionOf(name)}`,
  );
  const { size } = await stat(file);
  await moveDurably(file, target);
  const record: z.infer<typeof WeightRecord> = {
    network: found.network,
    file: path.basename(target),
    bytes: size,
    sha256,
    source,
    added: new Date().toISOString(),
    batchNormFolded: found.batchNormFolded,
    notes: found.notes,
  };
  const own = sha256Of(JSON.stringify(record));
  replaceFile(recordFile(home, found.network), JSON.stringify({ ...record, own }, null, 2) + '\n');
  if (before !== null && before.file !== target) await rm(before.file, { force: true });
  return { ...record, notes: found.notes, file: target, intact: true };
}

export const extensionOf = (name: string): string =>
  /(\.weights)?\.(h5|keras|hdf5)$/i.exec(name)?.[0].toLowerCase() ?? '.h5';

async function recordOf(home: string, network: NetworkName): Promise<StoredWeights | null> {
  const file = recordFile(home, network);
  const text = await orNull(readFile(file, 'utf8'));
  if (text === null) return null;
  const read = SealedRecord.safeParse(parsed(text));
  const { own, ...record } = read.data ?? {};
  if (!read.success || (own !== undefined && own !== sha256Of(JSON.stringify(record))))
    throw new FalxError('weightsRecord', { file }, { cause: read.error });
  const stored = path.join(weightsFolder(home), read.data.file);
  const found = await orNull(stat(stored));
  const { notes, ...known } = WeightRecord.parse(record);
  return { ...known, notes: notes.map(asMessage), file: stored, intact: found?.size === read.data.bytes };
}

const asMessage = (note: StoredMessage | string): StoredMessage =>
  typeof note === 'string' ? legacy(note) : note;

/** Null for a missing file. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    // A home that is no folder, or can't be one, has none.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code)) return null;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // reported by the schema
  }
}
