/**
 * Messages between this program and its workers: a format of Falx's own, so that it does not depend on a version of V8. Electron's
 * V8 writes a newer structured clone than Node 24 reads, without any warning.
 * A message is one frame: `FALX`, two unsigned 32-bit lengths in little-endian order, then the head, which is JSON in UTF-8, and
 * the body, which holds the bytes of the typed arrays one after the other, each at a multiple of 8. What JSON can't represent is an
 * object with the key `$` in the head. Numbers in the body are in the machine's own byte order.
 */

/** The pipes of a worker, by file descriptor: one per direction, so that a failure of one loses nothing on the other. */
export const pipes = { toWorker: 3, fromWorker: 4 } as const;

const magic = 0x584c4146; // "FALX", read in little-endian order
const prefixBytes = 12;
const alignment = 8;
/** Nesting beyond which a value is assumed to be circular. */
const deepest = 100;

const arrayTypes = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
} as const;
type TypedArray = InstanceType<(typeof arrayTypes)[keyof typeof arrayTypes]>;

const errorTypes: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** What JSON can't represent. A plain object with the key `$` itself is wrapped. */
type Marked =
  | { $: 'number'; is: string }
  | { $: 'undefined' }
  | { $: 'bigint'; is: string }
  | { $: 'date'; is: unknown }
  | { $: 'error'; type: string; fields: Record<string, unknown> }
  | { $: 'array'; type: string; at: number; length: number }
  | { $: 'object'; is: Record<string, unknown> };

/** Copies an array's bytes into the body. @returns their offset there */
type Store = (array: TypedArray) => number;

/**
 * A message as the bytes to write; a copy, so that the message may change meanwhile. Supports plain objects and arrays of strings,
 * booleans, null, undefined, every number, bigints, dates, errors (with their own fields and cause) and typed arrays (a Buffer
 * arrives as a Uint8Array).
 * @throws TypeError, naming the position in the message, for anything else.
 */
export function encode(message: unknown): Uint8Array {
  const arrays: Uint8Array[] = [];
  let bodyBytes = 0;
  const store: Store = (array) => {
    const gap = -bodyBytes & (alignment - 1);
    if (gap > 0) arrays.push(new Uint8Array(gap));
    const at = bodyBytes + gap;
    arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    bodyBytes = at + array.byteLength;
    return at;
  };
  const head = Buffer.from(JSON.stringify(toJson(message, '', 'message', 0, store)), 'utf8');
  if (head.length >= 2 ** 32 || bodyBytes >= 2 ** 32)
    throw new TypeError(`a message of ${head.length + bodyBytes} bytes is too long for one frame`);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(magic, 0);
  prefix.writeUInt32LE(head.length, 4);
  prefix.writeUInt32LE(bodyBytes, 8);
  return Buffer.concat([prefix, head, ...arrays]);
}

/** A value as JSON. @param parent @param key its position, for the error */
function toJson(value: unknown, parent: string, key: string | number, depth: number, store: Store): unknown {
  const cannot = (what: string) =>
    new TypeError(`${place(parent, key)} is ${what}, which can't be sent to another process`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return mark({ $: 'number', is: Object.is(value, -0) ? '-0' : String(value) });
    case 'undefined':
      return mark({ $: 'undefined' });
    case 'bigint':
      return mark({ $: 'bigint', is: String(value) });
    case 'object':
      break;
    default:
      throw cannot(`a ${typeof value}`);
  }
  if (value === null) return null;
  if (depth > deepest) throw cannot('nested too deeply, or holds itself');
  const here = place(parent, key);
  const inner = (each: unknown, at: string | number) => toJson(each, here, at, depth + 1, store);
  if (Array.isArray(value))
    return Array.from(value, (each, i) => {
      if (!(i in value)) throw cannot('an array with holes');
      return inner(each, i);
    });
  if (ArrayBuffer.isView(value)) {
    const type = value instanceof Uint8Array ? 'Uint8Array' : value.constructor.name;
    if (!Object.hasOwn(arrayTypes, type)) throw cannot(`a ${type}`);
    const array = value as TypedArray;
    return mark({ $: 'array', type, at: store(array), length: array.length });
  }
  if (value instanceof Date) return mark({ $: 'date', is: inner(value.getTime(), 'time') });
  const fields = (of: object): Record<string, unknown> => {
    if (Object.getOwnPropertySymbols(of).length > 0) throw cannot('an object with symbols for keys');
    return Object.fromEntries(Object.entries(of).map(([name, each]) => [name, inner(each, name)]));
  };
  if (value instanceof Error)
    return mark({
      $: 'error',
      type: Object.hasOwn(errorTypes, value.name) ? value.name : 'Error',
      fields: fields({ ...value, ...unlisted(value) }),
    });
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw cannot(`a ${value.constructor.name}`);
  const all = fields(value);
  return Object.hasOwn(all, '$') ? mark({ $: 'object', is: all }) : all;
}

const place = (parent: string, key: string | number): string =>
  typeof key === 'number' ? `${parent}[${key}]` : parent === '' ? key : `${parent}.${key}`;

/** An error's non-enumerable fields. */
const unlistedNames = ['name', 'message', 'stack', 'cause', 'errors'] as const;

function unlisted(error: Error): Record<string, unknown> {
  const from = error as unknown as Record<string, unknown>;
  return Object.fromEntries(
    unlistedNames
      .filter((name) => Object.hasOwn(error, name) || isNamedByType(error, name))
      .map((name) => [name, from[name]]),
  );
}

/** A class may name its errors; the class itself is not sent. */
const isNamedByType = (error: Error, name: string) =>
  name === 'name' && !Object.hasOwn(errorTypes, error.name);

const mark = (marked: Marked): Marked => marked;

/** Reassembles frames, however they were divided in transit. */
export class FrameReader {
  #prefix: Buffer = Buffer.alloc(prefixBytes);
  /** Head and body of the incoming frame, once its prefix has arrived. */
  #content: Uint8Array | null = null;
  #headBytes = 0;
  /** Bytes received of the prefix, then of the content. */
  #got = 0;

  /**
   * The messages that these bytes complete.
   * @throws Error if the bytes are no frames: something else writes to the pipe. No bytes can be read afterwards.
   */
  *push(chunk: Uint8Array): Generator<unknown> {
    let from = 0;
    // A frame without a body is complete with the last byte of its head.
    while (from < chunk.length) {
      const target: Uint8Array = this.#content ?? this.#prefix;
      const taken = chunk.subarray(from, from + target.length - this.#got);
      target.set(taken, this.#got);
      this.#got += taken.length;
      from += taken.length;
      if (this.#got < target.length) return;
      this.#got = 0;
      if (this.#content) {
        const content = this.#content;
        this.#content = null;
        yield decode(content, this.#headBytes);
      } else {
        this.#begin();
      }
    }
  }

  #begin(): void {
    const prefix = this.#prefix;
    const head = prefix.readUInt32LE(4);
    if (prefix.readUInt32LE(0) !== magic || head === 0)
      throw new Error(`no message begins with the bytes ${prefix.toString('hex')}`);
    this.#headBytes = head;
    this.#content = new Uint8Array(head + prefix.readUInt32LE(8));
  }
}

function decode(content: Uint8Array, headBytes: number): unknown {
  const head: unknown = JSON.parse(Buffer.from(content.buffer, 0, headBytes).toString('utf8'));
  const body = content.subarray(headBytes);
  return fromJson(head, (at, bytes) => {
    if (at + bytes > body.length) throw new Error(`a message has no ${bytes} bytes at ${at}`);
    // A copy, so that each array has a buffer of its own and is aligned.
    return body.slice(at, at + bytes).buffer;
  });
}

type Body = (at: number, bytes: number) => ArrayBuffer;

/** The value that JSON stands for. */
function fromJson(value: unknown, body: Body): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => fromJson(each, body));
  if (Object.hasOwn(value, '$')) return unmarked(value as Marked, body);
  return fieldsMeant(value, body);
}

const fieldsMeant = (value: object, body: Body): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromJson(each, body)]));

function unmarked(marked: Marked, body: Body): unknown {
  switch (marked.$) {
    case 'number':
      return Number(marked.is);
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(marked.is);
    case 'date':
      return new Date(fromJson(marked.is, body) as number);
    case 'error': {
      const Type = errorTypes[marked.type] ?? Error;
      const error = new Type();
      for (const [key, field] of Object.entries(fieldsMeant(marked.fields, body)))
        Object.defineProperty(error, key, {
          value: field,
          enumerable: !(unlistedNames as readonly string[]).includes(key),
          writable: true,
          configurable: true,
        });
      return error;
    }
    case 'array': {
      const { type, at, length } = marked;
      const Type = Object.hasOwn(arrayTypes, type) && arrayTypes[type as keyof typeof arrayTypes];
      if (!Type) throw new Error(`a message holds an unknown kind of array, ${type}`);
      return new Type(body(at, length * Type.BYTES_PER_ELEMENT));
    }
    case 'object':
      return fieldsMeant(marked.is, body);
  }
}
