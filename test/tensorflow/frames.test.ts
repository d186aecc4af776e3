import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import v8 from 'node:v8';
import { describe, expect, test } from 'vitest';
import { encode, FrameReader } from '../../src-main/tensorflow/frames.ts';

/** The messages in some bytes, received in chunks. */
function read(chunks: Iterable<Uint8Array>): unknown[] {
  const reader = new FrameReader();
  return [...chunks].flatMap((chunk) => [...reader.push(chunk)]);
}

function carried(message: unknown): unknown {
  const messages = read([encode(message)]);
  expect(messages).toHaveLength(1);
  return messages[0];
}

/** Random numbers from 0 to 1 by a seed (George Marsaglia's xorshift32). */
function drawer(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

const odd = [
  null,
  undefined,
  true,
  false,
  0,
  -0,
  1,
  0.1,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2 ** 53 + 2,
  0n,
  -(2n ** 200n),
  '',
  'a\nb\0c',
  '뇌종양 𝒳',
  '\ud800 alone',
  '\ufeff',
  '$',
];
const arrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];
const keys = ['a', 'kind', '$', '__proto__', 'constructor', 'toJSON', 'is', '', '한글', '0'];

/** A random message of any supported type. */
function anything(draw: () => number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const some = Math.floor(draw() * 6);
  switch (depth > 4 ? 0 : Math.floor(draw() * 7)) {
    case 0:
    case 1:
      return pick(odd);
    case 2:
      return Array.from({ length: some }, () => anything(draw, depth + 1));
    case 3: {
      const Type = pick(arrays);
      // A view of a larger buffer, so that it begins anywhere.
      const whole = new Type(Array.from({ length: some + 9 }, () => (draw() - 0.5) * 1000));
      return whole.subarray(Math.floor(draw() * 8), whole.length - 1);
    }
    case 4:
      return pick([new Date(Math.floor(draw() * 2e12)), new Date(Number.NaN), new Date(0)]);
    default:
      return Object.fromEntries(Array.from({ length: some }, () => [pick(keys), anything(draw, depth + 1)]));
  }
}

describe('a message', () => {
  test.each(Array.from({ length: 40 }, (_, i) => i + 1))(
    'arrives as it was, in whatever pieces: seed %i',
    (seed) => {
      const draw = drawer(seed * 7919);
      const messages = Array.from({ length: 25 }, () => anything(draw));
      const bytes = Buffer.concat(messages.map(encode));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = Math.ceil(draw() ** 3 * 200);
        pieces.push(bytes.subarray(at, at + length));
        at += length;
      }
      assert.deepStrictEqual(read(pieces), messages);
    },
  );

  test('holds losses that are no numbers, and minus zero', () => {
    for (const loss of [Number.NaN, Infinity, -Infinity, -0])
      expect(Object.is((carried({ loss }) as { loss: number }).loss, loss)).toBe(true);
  });

  test('tells a missing key from one that is undefined', () => {
    expect(Object.keys(carried({ a: undefined }) as object)).toEqual(['a']);
    expect(Object.keys(carried({}) as object)).toEqual([]);
  });

  test('does not let a key set a prototype', () => {
    const got = carried(JSON.parse('{"__proto__":{"admin":true}}')) as { admin?: boolean };
    expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
    expect(got.admin).toBeUndefined();
  });

  test('holds typed arrays, each in a buffer of its own of just its length', () => {
    const pixels = Buffer.from('pixels');
    const [bytes, floats, big] = carried([
      pixels,
      Float32Array.of(0.1, Number.NaN),
      BigInt64Array.of(-5n),
    ]) as [Uint8Array, Float32Array, BigInt64Array];
    expect(bytes.constructor).toBe(Uint8Array);
    expect(Buffer.from(bytes).toString()).toBe('pixels');
    expect(bytes.buffer.byteLength).toBe(6);
    expect(floats).toEqual(Float32Array.of(0.1, Number.NaN));
    expect(floats.buffer.byteLength).toBe(8);
    expect(big).toEqual(BigInt64Array.of(-5n));
  });

  test('is what it was when it was sent', () => {
    const pixels = new Uint8Array(3);
    const bytes = encode({ pixels });
    pixels.fill(7);
    expect(read([bytes])).toEqual([{ pixels: new Uint8Array(3) }]);
  });

  test('holds an error: its type, fields and cause', () => {
    class OwnError extends Error {
      override name = 'OwnError';
      code = 'own';
    }
    const cause = Object.assign(new RangeError('too big'), { facts: { size: Infinity } });
    const own = carried(new OwnError('no', { cause })) as OwnError & { cause: RangeError };
    expect(own).toBeInstanceOf(Error);
    expect(own).toMatchObject({ name: 'OwnError', message: 'no', code: 'own' });
    expect(own.stack).toContain('frames.test.ts');
    expect(own.cause).toBeInstanceOf(RangeError);
    expect(own.cause).toMatchObject({ message: 'too big', facts: { size: Infinity } });
    assert.deepStrictEqual(carried(cause), cause);
    const several = carried(new AggregateError([new TypeError('a')], 'all')) as AggregateError;
    expect(several.errors).toEqual([new TypeError('a')]);
  });

  test('may be long', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => i);
    const pixels = Uint8Array.from({ length: 5_000_001 }, (_, i) => i);
    const text = '뇌'.repeat(1_000_000);
    assert.deepStrictEqual(carried({ rows, pixels, text }), { rows, pixels, text });
  });

  const circle: { self?: unknown } = {};
  circle.self = circle;
  // eslint-disable-next-line no-sparse-arrays -- what is refused
  const holes = [1, , 2];
  test.each<[string, unknown, string]>([
    ['a function', { plan: { rows: [() => 1] } }, 'message.plan.rows[0] is a function'],
    ['a symbol', [Symbol('a')], 'message[0] is a symbol'],
    ['a symbol as a key', { a: { [Symbol('b')]: 1 } }, 'message.a is an object with symbols for keys'],
    ['a map', { a: new Map() }, 'message.a is a Map'],
    ['a set', new Set(), 'message is a Set'],
    ['a class of somebody’s own', { a: new (class Own {})() }, 'message.a is a Own'],
    ['a bare buffer', { a: new ArrayBuffer(2) }, 'message.a is a ArrayBuffer'],
    ['a view', { a: new DataView(new ArrayBuffer(2)) }, 'message.a is a DataView'],
    ['a promise', { a: Promise.resolve() }, 'message.a is a Promise'],
    ['an array with holes', { holes }, 'message.holes is an array with holes'],
    ['an object that holds itself', circle, 'nested too deeply, or holds itself'],
  ])('is refused where it is sent when it holds %s', (_, message, words) => {
    expect(() => encode(message)).toThrow(words);
    expect(() => encode(message)).toThrow(TypeError);
  });
});

describe('a pipe that carries something else', () => {
  test.each([
    ['what a library prints', Buffer.from('WARNING: no CUDA runtime found\n')],
    ['Node’s own JSON messages', Buffer.from('{"cmd":"NODE_HANDLE"}\n')],
    ['V8’s structured clone', Buffer.concat([Buffer.from([0, 0, 0, 9]), v8.serialize({ a: 1, b: 'two' })])],
    ['zeros', Buffer.alloc(64)],
  ])('is noticed: %s', (_, bytes) => {
    const got: unknown[] = [];
    const reader = new FrameReader();
    // What came before it is delivered.
    expect(() => {
      for (const message of reader.push(Buffer.concat([encode('before'), bytes]))) got.push(message);
    }).toThrow('no message begins with the bytes');
    expect(got).toEqual(['before']);
  });

  test.each([
    ['a body that is too short', '{"$":"array","type":"Uint8Array","at":0,"length":9}'],
    ['an unknown array', '{"$":"array","type":"constructor","at":0,"length":1}'],
    ['no JSON', '{"a":'],
  ])('is noticed: %s', (_, head) => {
    const bytes = Buffer.concat([Buffer.from('FALX'), Buffer.alloc(8), Buffer.from(head), Buffer.alloc(8)]);
    bytes.writeUInt32LE(head.length, 4);
    bytes.writeUInt32LE(8, 8);
    expect(() => read([bytes])).toThrow();
  });

  test('gives nothing for half a message', () => {
    const bytes = encode({ pixels: new Uint8Array(100) });
    for (const length of [1, 11, 12, 40, bytes.length - 1])
      expect(read([bytes.subarray(0, length)])).toEqual([]);
  });
});
