import { wasm } from './kernels.wasm.ts';

type Address = number;

/** What kernels.as exports; it says what each does. */
interface Kernels {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  single(from: Address, pixels: number, to: Address): number;
  levels(from: Address, pixels: number, counts: Address, work: Address): void;
  colours(from: Address, pixels: number, counts: Address, limit: number): number;
  channel(from: Address, pixels: number, to: Address): void;
  luminance(
    red: Address,
    green: Address,
    blue: Address,
    pixels: number,
    linear: Address,
    levels: Address,
    to: Address,
  ): void;
  widen(from: Address, width: number, height: number, size: number, to: Address): void;
  shrink(from: Address, size: number, height: number, factor: number, to: Address): void;
  reduce(
    from: Address,
    size: number,
    height: number,
    firsts: Address,
    weights: Address,
    taps: number,
    count: number,
    to: Address,
  ): void;
  transpose(from: Address, size: number, height: number, to: Address, work: Address): void;
  blocks(from: Address, blocks: number, to: Address): void;
  border(square: Address, places: Address, lines: number, size: number, counts: Address, sums: Address): void;
}

/** Node's types leave it out. */
type Assembly = Record<'Module', new (binary: Uint8Array) => object> &
  Record<'Instance', new (module: object) => { exports: unknown }>;
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly;

/** Loops over pixels in WebAssembly. What is in their memory stays until `free` only. */
export const kernels = new Instance(new Module(Buffer.from(wasm, 'base64'))).exports as Kernels;

const PAGE = 2 ** 16;
/** Bytes behind what is laid out that may be read, too. */
const BEHIND = 64;
let next = 0;

/** Room for so many bytes, at a multiple of 16. Views of the memory that were made before may be of no use any more. */
export function room(bytes: number): Address {
  const at = next;
  next += (bytes + 15) & ~15;
  const missing = next + BEHIND - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE));
  return at;
}

/** A copy in the memory. */
export function placed(bytes: Uint8Array): Address {
  const at = room(bytes.length);
  new Uint8Array(kernels.memory.buffer, at, bytes.length).set(bytes);
  return at;
}

/** What is in the memory, as long as it is there. */
export const lent = (at: Address, bytes: number): Uint8Array =>
  new Uint8Array(kernels.memory.buffer, at, bytes);

/** A copy of it. */
export const taken = (at: Address, bytes: number): Uint8Array => lent(at, bytes).slice();

/** So many numbers, all 0. */
export function zeros(count: number): Address {
  const at = room(4 * count);
  new Uint32Array(kernels.memory.buffer, at, count).fill(0);
  return at;
}

export const counted = (at: Address, count: number): Uint32Array =>
  new Uint32Array(kernels.memory.buffer, at, count);

/** Gives the whole memory back for others to lay things out in. */
export function free(): void {
  next = 0;
}
