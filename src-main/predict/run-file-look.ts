import { readFile, stat } from 'node:fs/promises';
import { operationsIn } from '../graph/operations-in.ts';
import { parseInSubprocess, type Parse } from '../system/foreign.ts';
import { sha256Of } from '../system/hashes.ts';
import { RunManifest, SealedManifest } from './run-file.ts';

const MOST_MANIFEST = 16 * 2 ** 20;
/** Largest graph that is read, bytes: Falx's own are below 10 MB. */
const MOST_GRAPH = 64 * 2 ** 20;

type Task = { kind: 'manifest' | 'graph'; place: string };
type Answer = { manifest: RunManifest } | { operations: string[] } | { wrong: string };

const module = new URL(import.meta.url);

/**
 * The manifest of a `.falx` file, read in a parser process.
 * @param file name used in errors. @returns null if it is no such file. @throws FalxError `unreadable-file` if that process ended
 *   or took too much.
 */
export async function manifestIn(place: string, file: string): Promise<RunManifest | null> {
  const { answer } = await parseInSubprocess<Task, Answer>(module, { kind: 'manifest', place }, file);
  return 'manifest' in answer ? answer.manifest : null;
}

/** The operations in a SavedModel's graph, read there too. @returns null if it is none. @throws as `manifestIn`. */
export async function graphOperations(place: string, file: string): Promise<string[] | null> {
  const { answer } = await parseInSubprocess<Task, Answer>(module, { kind: 'graph', place }, file);
  return 'operations' in answer ? answer.operations : null;
}

export const parse: Parse<Task, Answer> = async ({ kind, place }) => {
  try {
    const { size } = await stat(place);
    if (size > (kind === 'manifest' ? MOST_MANIFEST : MOST_GRAPH)) return { wrong: 'too long' };
    const bytes = await readFile(place);
    if (kind === 'graph') return { operations: operationsIn(bytes) };
    const { manifest, sha256 } = SealedManifest.parse(JSON.parse(bytes.toString('utf8')));
    if (sha256 !== sha256Of(JSON.stringify(manifest))) return { wrong: 'another hash' };
    return { manifest: RunManifest.parse(manifest) };
  } catch (error) {
    // Whatever the parser threw: it is no such file.
    return { wrong: (error as Error).message };
  }
};
