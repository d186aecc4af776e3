import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Epoch } from '../contract/records.ts';
import { canonicalJson } from '../system/canonical-json.ts';
import { sha256Of } from '../system/hashes.ts';
import { type FileStamp, isAsStamped, replaceFile } from '../system/durable.ts';

const Stamp = z.object({ bytes: z.int(), sha256: z.string() });
export const Stamps = z.record(z.string(), Stamp);

/** How a run ended: the content of its last message, in case that was lost. */
const Ending = z.object({ stoppedEarly: z.boolean(), stoppedByUser: z.boolean(), epochs: z.array(Epoch) });
export type Ending = z.infer<typeof Ending>;

/** Files of a finished run's folder, and how the run ended. Written last: it marks the run as done. */
const Manifest = z.object({
  falx: z.literal(1),
  runId: z.string(),
  /** Null if it was made for a run of an earlier version of Falx. */
  ended: Ending.nullable(),
  /** By name below the folder, with `/`. */
  files: Stamps,
  /** What its evaluation fitted: not part of the model, and fitted again if it is missing. */
  fitted: Stamps.optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** The manifest with its own hash, to detect damage. */
const Sealed = z.object({ manifest: z.unknown(), sha256: z.string() });

const manifestFile = (folder: string): string => join(folder, 'manifest.json');

export function writeManifest(folder: string, manifest: Manifest): void {
  const sha256 = sha256Of(JSON.stringify(manifest));
  replaceFile(manifestFile(folder), JSON.stringify({ manifest, sha256 }, null, 1));
}

/** @returns `absent` before the run is finished, and for one of an earlier version of Falx; `damaged` if it can't be trusted. */
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

/** The parts of a run's folder that make up the model: the rest can be made from it again. */
export const modelParts = ['saved_model.pb', 'variables', 'falx.json'];

/** Whether a name below a run's folder belongs to the model. */
export const isOfModel = (name: string): boolean => modelParts.includes(name.split('/')[0]!);

/**
 * One hash for a model: SHA-256 over the canonical JSON of `{name: SHA-256}` of its files. Reproducible from an export. Null for a
 * run without a manifest yet.
 */
export function modelHash(folder: string): string | null {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return null;
  const files = Object.entries(manifest.files).filter(([name]) => isOfModel(name));
  return sha256Of(canonicalJson(Object.fromEntries(files.map(([name, { sha256 }]) => [name, sha256]))));
}

/**
 * One hash for what a model has learnt: SHA-256 of its variables' file. Unlike `modelHash` it is the same for two runs with
 * identical weights, whatever their names. Null for a run without a manifest yet.
 */
export function weightsHash(folder: string): string | null {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return null;
  const [only, ...more] = Object.entries(manifest.files).filter(([name]) =>
    /^variables\/.*\.data-/.test(name),
  );
  return only && more.length === 0 ? only[1].sha256 : null;
}

/** The first file that is missing or changed since it was stamped; null if none. */
export function damagedFile(
  folder: string,
  files: Readonly<Record<string, FileStamp>>,
  of: (name: string) => boolean = () => true,
): string | null {
  for (const [name, stamp] of Object.entries(files))
    if (of(name) && !isAsStamped(join(folder, name), stamp)) return join(folder, name);
  return null;
}
