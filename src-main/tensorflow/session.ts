import { FalxError } from '../contract/errors.ts';
import { saysOutOfMemory } from './out-of-memory.ts';
import { binding } from './runtime.ts';
import { inOneLine } from './one-line.ts';

/** An input or output of a graph, row-major. */
export type Value =
  | { dtype: 'float32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'int32'; shape: readonly number[]; data: Int32Array }
  | { dtype: 'uint8'; shape: readonly number[]; data: Uint8Array }
  | { dtype: 'string'; shape: readonly number[]; data: readonly string[] };

const numbers = { float32: 1, int32: 3, uint8: 4, string: 7 } as const;

export const scalar = (value: number): Value => ({
  dtype: 'float32',
  shape: [],
  data: Float32Array.of(value),
});
export const text = (value: string): Value => ({ dtype: 'string', shape: [], data: [value] });

/** A loaded SavedModel: its graph and the variables that live as long as it does. */
export class Session {
  readonly #id: number;

  /** @throws FalxError `bad-run` if `folder` has no SavedModel that TensorFlow can load. */
  constructor(folder: string) {
    try {
      this.#id = binding().loadSavedModel(folder, 'serve');
    } catch (cause) {
      const detail = { from: 'TensorFlow', text: inOneLine((cause as Error).message) };
      throw new FalxError('modelNotOpened', { folder, detail }, { cause });
    }
  }

  /**
   * Runs the graph. Blocks until it is done.
   * @param feeds values by tensor name, `node:0`.
   * @param fetches tensor names.
   * @returns one value per fetch, in order.
   * @throws FalxError `out-of-memory`, or `worker-failed` with TensorFlow's words.
   */
  run(feeds: Readonly<Record<string, Value>>, fetches: readonly string[]): Value[] {
    const native = binding();
    const ids: number[] = [];
    const results: number[] = [];
    try {
      for (const value of Object.values(feeds))
        ids.push(native.createTensor(value.shape, numbers[value.dtype], bytes(value)));
      const outputs = native.runSavedModel(this.#id, ids, Object.keys(feeds).join(), fetches.join());
      results.push(...outputs.map((output) => output.id));
      return outputs.map(({ id, dtype, shape }) => read(dtype, shape, native.tensorDataSync(id)));
    } catch (cause) {
      const message = (cause as Error).message;
      const detail = { from: 'TensorFlow', text: inOneLine(message) };
      // The binding gives no error code.
      if (saysOutOfMemory(message)) throw new FalxError('stepMemory', { detail }, { cause });
      throw new FalxError('tensorflowStopped', { detail }, { cause });
    } finally {
      for (const id of [...ids, ...results]) native.deleteTensor(id);
    }
  }

  close(): void {
    binding().deleteSavedModel(this.#id);
  }
}

const utf8 = new TextEncoder();

const bytes = (value: Value): ArrayBufferView | Uint8Array[] =>
  value.dtype === 'string' ? value.data.map((part) => utf8.encode(part)) : value.data;

function read(
  dtype: number,
  shape: number[],
  data: Float32Array | Int32Array | Uint8Array | Uint8Array[],
): Value {
  if (dtype === numbers.float32 && data instanceof Float32Array) return { dtype: 'float32', shape, data };
  if (dtype === numbers.int32 && data instanceof Int32Array) return { dtype: 'int32', shape, data };
  if (dtype === numbers.uint8 && data instanceof Uint8Array) return { dtype: 'uint8', shape, data };
  throw new Error(`TensorFlow answered with a value of type ${dtype}, which nothing here asks for`);
}
