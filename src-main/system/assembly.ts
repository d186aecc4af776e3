/** An offset in a module's memory. */
export type Address = number;

/** Missing from Node's types. */
type WebAssemblyApi = Record<'Module', new (binary: Uint8Array) => object> &
  Record<'Instance', new (module: object) => { exports: unknown }>;
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

const PAGE = 2 ** 16;
/** Bytes after the allocated memory that may be read, too. */
const BEHIND = 64;

/**
 * WebAssembly kernels (`npm run kernels` compiles them from `*.as`) with their memory. Allocations last until `free`, or for good
 * once kept: don't await anything in between. Views of the memory become invalid when more memory is allocated.
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

  /** Allocates memory, aligned to 16 bytes. */
  room(bytes: number): Address {
    const at = this.#next;
    this.#next += (bytes + 15) & ~15;
    const missing = this.#next + BEHIND - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** A copy in the module's memory. */
  placed(bytes: Uint8Array): Address {
    const at = this.room(bytes.length);
    this.lent(at, bytes.length).set(bytes);
    return at;
  }

  /** Allocates 32-bit numbers, all 0. */
  zeros(count: number): Address {
    const at = this.room(4 * count);
    this.counted(at, count).fill(0);
    return at;
  }

  /** A view of the memory, valid until it is freed. */
  lent(at: Address, bytes: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, bytes);
  }

  /** The same as 32-bit unsigned integers. */
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

  /** Keeps everything allocated so far for good. */
  keep(): void {
    this.#kept = this.#next;
  }

  /** Frees all memory that is not kept. */
  free(): void {
    this.#next = this.#kept;
  }
}
