import { stat } from 'node:fs/promises';
import { Dataset, File, Group, ready } from 'h5wasm/node';
import { FalxError } from '../../contract/errors.ts';

/** One array of a weight file. */
export interface KerasArray {
  /** `kernel`, `depthwise_kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`, or the file's own name. */
  name: string;
  shape: number[];
  /** Row-major. */
  data: Float32Array;
}

/** HDF5's class of floating-point numbers, H5T_FLOAT. */
const floatClass = 1;
/** No network here has an array nearly as large; a file that claims more is broken or malicious. */
const largestArray = 2 ** 30;

/**
 * Opens an HDF5 file, passes its root to `read` and closes it.
 * @param name the path used in messages, if `path` is a temporary copy.
 * @throws FalxError `bad-weights` with HDF5's own reason if the file is damaged.
 */
export async function readHdf5<T>(path: string, name: string, read: (root: Group) => T): Promise<T> {
  const { size } = await stat(path);
  // By default HDF5 prints its trace to standard error instead of throwing it.
  (await ready).activate_throwing_error_handler();
  try {
    const file = new File(path, 'r');
    try {
      return read(file);
    } finally {
      file.close();
    }
  } catch (cause) {
    if (cause instanceof FalxError) throw cause;
    const text = reasonIn(String((cause as Error).message));
    throw new FalxError(
      'weightsDamaged',
      { file: name, bytes: size, detail: { from: 'HDF5', text } },
      { cause },
    );
  }
}

/** The last line of HDF5's trace has the reason. */
function reasonIn(trace: string): string {
  const lines = trace.split('\n').filter((line) => /^\s*#\d+:/.test(line));
  return (lines.at(-1) ?? trace).replace(/^.*?\(\): /, '').trim();
}

/** A member of a group, or null: links to other files are never followed. */
export function member(group: Group, path: string): Group | Dataset | null {
  let found: Group | Dataset = group;
  for (const part of path.split('/')) {
    if (!(found instanceof Group) || !found.keys().includes(part)) return null;
    const next: unknown = found.get(part);
    if (!(next instanceof Group || next instanceof Dataset)) return null;
    found = next;
  }
  return found;
}

export function subgroup(group: Group, path: string): Group | null {
  const found = member(group, path);
  return found instanceof Group ? found : null;
}

/** A text attribute, or null. */
export function textAttribute(group: Group, name: string): string | null {
  const value = Object.keys(group.attrs).includes(name) ? group.get_attribute(name, false) : null;
  return typeof value === 'string' ? value : null;
}

/** A list of texts, or null. Keras splits a long list into `name0`, `name1`, …, since HDF5 attributes hold 64 kB. */
export function textList(group: Group, name: string): string[] | null {
  const names = Object.keys(group.attrs);
  const parts = names.includes(name) ? [name] : [];
  for (let n = 0; names.includes(`${name}${n}`); n++) parts.push(`${name}${n}`);
  if (parts.length === 0) return null;
  return parts.flatMap((part) => {
    const value = group.get_attribute(part, false);
    return Array.isArray(value) ? value.map(String) : []; // an empty list is stored as numbers
  });
}

/**
 * A dataset as float32; null for integers (states of random generators, counters), which are no weights.
 * @throws FalxError `bad-weights` for other types, `too-large` for absurd sizes.
 */
export function floats(dataset: Dataset, name: string, file: string): KerasArray | null {
  const { type, size, shape, littleEndian, virtual_sources: elsewhere } = dataset.metadata;
  if (type === 0) return null;
  if (
    type !== floatClass ||
    (size !== 4 && size !== 8) ||
    !littleEndian ||
    shape === null ||
    elsewhere !== undefined
  )
    throw new FalxError('weightsArrayKind', { file, array: dataset.path });
  const bytes = size * shape.reduce((product, n) => product * n, 1);
  if (bytes > largestArray) throw new FalxError('weightsArrayTooLarge', { file, array: dataset.path, bytes });
  const value = dataset.value;
  if (value instanceof Float32Array) return { name, shape, data: value };
  if (value instanceof Float64Array) return { name, shape, data: Float32Array.from(value) };
  if (typeof value === 'number') return { name, shape, data: Float32Array.of(value) };
  return { name, shape, data: new Float32Array(0) };
}
