import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import { images, summaryIn, summaryLength, weight, type Scale, type Summary } from './formula.ts';

export type Mode = 'inference' | 'batch';
export type What = 'features' | 'logits' | 'loss' | 'gradients' | 'statistics' | 'adam';

export interface GoldenWeight {
  layer: string;
  weight: string;
  shape: number[];
  trainable: boolean;
}

interface GoldenRecord {
  network: NetworkName;
  keras: string;
  tensorflow: string;
  batch: number;
  scale: Scale;
  seeds: Record<string, Record<Mode, number>>;
  table: { size: number; mode: Mode; what: What; offset: number; rows: number; whole: boolean }[];
  weights: GoldenWeight[];
  /** `shapes`: of a layer's output by image size, without the batch dimension. */
  layers: { name: string; class: string; shapes: Record<string, number[]> }[];
}

/** Keras's results for a network: networks.py describes them. */
export class Golden {
  readonly record: GoldenRecord;
  readonly #numbers: Float32Array;

  constructor(network: NetworkName, folder = join(import.meta.dirname, 'networks')) {
    if (!existsSync(join(folder, `${network}.json`)))
      throw new Error(
        `Keras's reference of ${network} is not there: make it with test/goldens/networks.py --networks ${network}`,
      );
    this.record = JSON.parse(readFileSync(join(folder, `${network}.json`), 'utf8')) as GoldenRecord;
    const bytes = readFileSync(join(folder, `${network}.f32`));
    this.#numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  get trainable(): GoldenWeight[] {
    return this.record.weights.filter((w) => w.trainable);
  }

  get statistics(): GoldenWeight[] {
    return this.record.weights.filter((w) => !w.trainable);
  }

  /** The starting weights by `layer/weight`. */
  start(): Map<string, Float32Array> {
    return new Map(
      this.record.weights.map((w, stream) => [
        keyOf(w),
        weight(stream, w.weight, w.shape, this.record.scale),
      ]),
    );
  }

  /** uint8 [batch, size, size, 3]. */
  images(size: number, mode: Mode): Uint8Array {
    const seeds = this.record.seeds[size];
    if (seeds === undefined) throw new Error(`Keras was not asked for ${size} px`);
    return images(seeds[mode], this.record.batch, size);
  }

  /** 0, 1, 0, 1. */
  labels(): Float32Array {
    return Float32Array.from({ length: this.record.batch }, (_, n) => n % 2);
  }

  /** Arrays stored completely: logits and loss always, the rest in a live comparison. */
  whole(size: number, mode: Mode, what: What, lengths: readonly number[]): Float32Array[] {
    const entry = this.#entry(size, mode, what);
    if (!entry.whole || entry.rows !== lengths.length)
      throw new Error(`${what} of ${size} px is not kept whole`);
    let at = entry.offset;
    return lengths.map((length) => this.#numbers.subarray(at, (at += length)));
  }

  summaries(size: number, mode: Mode, what: What): Summary[] {
    const entry = this.#entry(size, mode, what);
    return Array.from({ length: entry.rows }, (_, row) => {
      const at = entry.offset + row * summaryLength;
      return summaryIn(this.#numbers.subarray(at, at + summaryLength));
    });
  }

  isWhole = (size: number, mode: Mode, what: What): boolean => this.#entry(size, mode, what).whole;

  #entry(size: number, mode: Mode, what: What): GoldenRecord['table'][number] {
    const found = this.record.table.find((e) => e.size === size && e.mode === mode && e.what === what);
    if (found === undefined) throw new Error(`no ${what} for ${size} px in ${mode} mode`);
    return found;
  }
}

export const keyOf = ({ layer, weight: name }: { layer: string; weight: string }): string =>
  `${layer}/${name}`;
