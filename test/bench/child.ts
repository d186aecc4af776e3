import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { NetworkName } from '../../src-main/contract/networks.ts';

/** The task of one process of the benchmark. */
export interface Work {
  network: NetworkName;
  batch: number;
  /** Side of the square input, pixels. */
  size: number;
  /** Warm-up steps. */
  warmUp: number;
  steps: number;
}

/** Its result. Times are seconds per step. */
export interface Result {
  warmUp: number[];
  seconds: number[];
  /** Peak resident size of the process. */
  peakBytes: number;
  /** Number of parameters in the network and its head, running statistics included; null where they are folded. */
  parameters: number | null;
  versions: Record<string, string>;
  threads: number;
  loss: number | null;
  note: string | null;
}

/** Prefix of the line on which a child prints its result. */
export const resultMark = 'RESULT ';

export function workArguments({ network, batch, size, warmUp, steps }: Work): string[] {
  const numbers = { batch, size, 'warm-up': warmUp, steps };
  return ['--network', network, ...Object.entries(numbers).flatMap(([name, n]) => [`--${name}`, String(n)])];
}

export function readWork(): Work {
  const values = readArguments();
  return {
    network: NetworkName.parse(values.network),
    batch: Number(values.batch),
    size: Number(values.size),
    warmUp: Number(values['warm-up']),
    steps: Number(values.steps),
  };
}

/** The folder of the model to predict with. */
export function readModel(): string {
  const { model } = readArguments();
  if (model === undefined) throw new Error('expected --model with the place of a model but received none');
  return model;
}

function readArguments() {
  const text = { type: 'string' } as const;
  const names = { network: text, batch: text, size: text, 'warm-up': text, steps: text, model: text };
  return parseArgs({ options: names }).values;
}

/** Seconds of each call of `step`: warm-up, and measured. */
export async function timed(
  step: () => unknown,
  { warmUp, steps }: Work,
): Promise<Pick<Result, 'warmUp' | 'seconds'>> {
  const seconds: number[] = [];
  for (let i = 0; i < warmUp + steps; i++) {
    const start = performance.now();
    await step();
    seconds.push((performance.now() - start) / 1000);
  }
  return { warmUp: seconds.slice(0, warmUp), seconds: seconds.slice(warmUp) };
}

/** Prints the result for `bench.ts`, with the peak so far. */
export function report(result: Omit<Result, 'peakBytes' | 'threads'>): void {
  const all: Result = { ...result, peakBytes: peakBytes(), threads: availableParallelism() };
  process.stdout.write(`\n${resultMark}${JSON.stringify(all)}\n`);
}

/** VmHWM if available: the alternative includes the parent's size. */
export function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('/proc/self/status has no VmHWM');
  return Number(kilobytes) * 1024;
}

/** Uint8 noise, the same for the same count: a multiplicative congruential generator's high byte. */
export function noise(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = 7;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 0x7fffffff;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** 0 and 1 alternately. */
export const alternatingLabels = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => i % 2);
