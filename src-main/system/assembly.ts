/** Where something is in a module's memory. */
export type Address = number;

/** Node's types leave it out. */
type WebAssemblyApi = Record<'Module', new (binary: Uint8Array) => object> &
  Record<'Instance', new (module: object) => { exports: unknown }>;
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

const PAGE = 2 ** 16;
/** Bytes behind what is laid out that may be read, too. */
const BEHIND = 64;

/**
 * Loops in WebAssembly (`npm run kernels` makes them of `*.as`) with their memory. What is laid out in it stays until `free`
 * only, or for good once it is kept: nothing may be waited for meanwhile. Views of the memory are of no use any more once more of it is asked for.
 */
export class Assembly<Kernels> {
  readonly kernels: Kernels;
  readonly #memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  #kept = 0;
  #next = 0;

  /** @param wasm the module, base64. */
  constructor(wasm: string) {
    const { exports } = new Instance(new Module(Buffer.from(wasm, 'base64')));
    this.kernels = exports as Kernels;
    this.#memory = (
      exports as { memory: { readonly buffer: ArrayBuffer; grow(pages: number): number } }
    ).memory;
  }

  /** Room for so many bytes, at a multiple of 16. */
  room(bytes: number): Address {
    const at = this.#next;
    this.#next += (bytes + 15) & ~15;
    const missing = this.#next + BEHIND - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** A copy in the memory. */
  placed(bytes: Uint8Array): Address {
    const at = this.room(bytes.length);
    this.lent(at, bytes.length).set(bytes);
    return at;
  }

  /** So many 32-bit numbers, all 0. */
  zeros(count: number): Address {
    const at = this.room(4 * count);
    this.counted(at, count).fill(0);
    return at;
  }

  /** What is in the memory, as long as it is there. */
  lent(at: Address, bytes: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, bytes);
  }

  /** The same as 32-bit numbers. */
  counted(at: Address, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, count);
  }

  /** The same as 32-bit floating-point numbers. */
  singles(at: Address, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  /** The same as 64-bit floating-point numbers. */
  floats(at: Address, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, count);
  }

  /** What is laid out so far stays for good. */
  keep(): void {
    this.#kept = this.#next;
  }

  /** Gives the whole memory back for others to lay things out in, but for what is kept. */
  free(): void {
    this.#next = this.#kept;
  }
}
