import { Assembly, type Address } from '../system/assembly.ts';
import { wasm } from './kernels.wasm.ts';

/** The exports of kernels.as, which documents each. */
interface Kernels {
  single(from: Address, pixels: number, to: Address): number;
  levels(from: Address, pixels: number, counts: Address, work: Address): void;
  colours(from: Address, pixels: number, counts: Address, limit: number): number;
  channel(from: Address, pixels: number, to: Address): void;
  interleave(red: Address, green: Address, blue: Address, pixels: number, to: Address): void;
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
  transpose(from: Address, size: number, height: number, to: Address): void;
  blocks(from: Address, blocks: number, to: Address): void;
  border(square: Address, places: Address, lines: number, size: number, counts: Address, sums: Address): void;
}

/** Pixel kernels; all callers in this process share their memory. */
export const pixelLoops = new Assembly<Kernels>(wasm);
export const { kernels } = pixelLoops;
