import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Epoch } from '../contract/records.ts';
import { canonicalJson } from '../system/canonical-json.ts';
import { sha256Of } from '../system/hashes.ts';
import { type FileStamp, isAsStamped, replaceFile } from '../system/durable.ts';

const Stamp = z.object({ bytes: z.int(), sha256: z.string() });
export const Stamps = z.record(z.string(), Stamp);

/** How a run ended: all that its last message says, should nobody have heard it. */
const Ending = z.object({ stoppedEarly: z.boolean(), stoppedByUser: z.boolean(), epochs: z.array(Epoch) });
export type Ending = z.infer<typeof Ending>;

/** What a finished run's folder held when it was finished, and how it ended. Written last: with it the run is done. */
const Manifest = z.object({
  falx: z.literal(1),
  runId: z.string(),
  /** Null where it was made for a run of an earlier Falx. */
  ended: Ending.nullable(),
  /** By name below the folder, with `/`. */
  files: Stamps,
  /** What was fitted for its answers when it was evaluated: no part of the model, and made anew when it is gone. */
  fitted: Stamps.optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** The manifest with what finds damage to itself. */
const Sealed = z.object({ manifest: z.unknown(), sha256: z.string() });

const manifestFile = (folder: string): string => join(folder, 'manifest.json');

export function writeManifest(folder: string, manifest: Manifest): void {
  const sha256 = sha256Of(JSON.stringify(manifest));
  replaceFile(manifestFile(folder), JSON.stringify({ manifest, sha256 }, null, 1));
}

/** @returns `absent` before the run is finished, and for one of an earlier Falx; `damaged` when it can't be trusted. */
export function readManifest(folder: string): Manifest | 'absent' | 'damaged' {
  const file = manifestFile(folder);
  if (!existsSync(file)) return 'absent';
  try {
    const { manifest, sha256 } = Sealed.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (sha256 !== sha256Of(JSON.stringify(manifest))) return 'damaged';
    return Manifest.parse(manifest);
  } catch {
    return 'damaged';
  }
}

/** What a run's folder holds that is the model: the rest can be made from it again. */
export const modelParts = ['saved_model.pb', 'variables', 'falx.json'];

/** Whether a name below a run's folder is of the model. */
export const isOfModel = (name: string): boolean => modelParts.includes(name.split('/')[0]!);

/**
 * One hash for a model: SHA-256 over the canonical JSON of `{name: SHA-256}` of its files. Whoever has an export of it can
 * work it out again. Null for a run that has no manifest yet.
 */
export function modelHash(folder: string): string | null {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return null;
  const files = Object.entries(manifest.files).filter(([name]) => isOfModel(name));
  return sha256Of(canonicalJson(Object.fromEntries(files.map(([name, { sha256 }]) => [name, sha256]))));
}

/**
 * One hash for what a model has learnt: SHA-256 of its variables' file. Unlike `modelHash` it is the same for two runs that learnt the
 * same, whatever they are called. Null for a run that has no manifest yet.
 */
export function weightsHash(folder: string): string | null {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return null;
  const [only, ...more] = Object.entries(manifest.files).filter(([name]) =>
    /^variables\/.*\.data-/.test(name),
  );
  return only && more.length === 0 ? only[1].sha256 : null;
}

/** The first of the files that is gone or not what it was when it was stamped; null when all are as they were. */
export function damagedFile(
  folder: string,
  files: Readonly<Record<string, FileStamp>>,
  of: (name: string) => boolean = () => true,
): string | null {
  for (const [name, stamp] of Object.entries(files))
    if (of(name) && !isAsStamped(join(folder, name), stamp)) return join(folder, name);
  return null;
}
