import { open } from 'node:fs/promises';
import { FalxError } from '../contract/errors.ts';
import { message, type Message } from '../contract/messages/catalogue.ts';
import { systemReason } from '../system/system-reason.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import type { FileHandle } from 'node:fs/promises';
import type { LabelledRows, PixelFile } from '../contract/packets.ts';

export interface Batch {
  /** uint8 [size, s, s, 3]. */
  pixels: Uint8Array;
  labels: Float32Array;
  /** How many of them are in no earlier batch of the epoch; the rest fill up the last batch. */
  fresh: number;
}

/** A pixel file opened for reading; a batch is read on the system's threads while TensorFlow works on the one before. */
export class PixelReader {
  readonly #file: FileHandle;
  readonly #rowBytes: number;
  readonly #path: string;

  private constructor(file: FileHandle, { path, imageSize }: PixelFile) {
    this.#file = file;
    this.#path = path;
    this.#rowBytes = imageSize * imageSize * 3;
  }

  /** @throws FalxError `unreadable-file` if the file is missing. */
  static async open(pixelFile: PixelFile): Promise<PixelReader> {
    try {
      return new PixelReader(await open(pixelFile.path, 'r'), pixelFile);
    } catch (cause) {
      throw unreadable(pixelFile.path, systemReason(cause), cause);
    }
  }

  /** @returns uint8 [rows, s, s, 3]. @throws FalxError `unreadable-file` if a row is beyond the file's end. */
  async read(rows: readonly number[]): Promise<Uint8Array> {
    const pixels = new Uint8Array(rows.length * this.#rowBytes);
    await Promise.all(
      rows.map(async (row, i) => {
        const target = { offset: i * this.#rowBytes, length: this.#rowBytes, position: row * this.#rowBytes };
        const { bytesRead } = await this.#file.read({ buffer: pixels, ...target });
        if (bytesRead !== this.#rowBytes) throw unreadable(this.#path, message('pixelsRowMissing', { row }));
      }),
    );
    return pixels;
  }

  close = (): Promise<void> => this.#file.close();
}

const unreadable = (file: string, reason: Message, cause?: unknown): FalxError =>
  new FalxError('pixelsUnreadable', { file, reason }, { cause });

/** The batches of an epoch as positions in `rows`: each once, in an order determined by seed and epoch. */
export function epochOrder(count: number, batchSize: number, seed: number, epoch: number): number[][] {
  const order = shuffled(count, randomFrom(seed, `epoch ${epoch}`));
  const steps = Math.ceil(count / batchSize);
  // Every batch is full, as the graph and batch statistics require: the last one is filled up from the start.
  return Array.from({ length: steps }, (_, step) =>
    Array.from({ length: batchSize }, (__, i) => order[(step * batchSize + i) % count] as number),
  );
}

/** Reads the batches of an epoch, one ahead. */
export async function* epochBatches(
  reader: PixelReader,
  { rows, labels }: LabelledRows,
  batchSize: number,
  seed: number,
  epoch: number,
): AsyncGenerator<Batch> {
  const steps = epochOrder(rows.length, batchSize, seed, epoch);
  const fetch = (step: number): Promise<Uint8Array> | undefined =>
    steps[step] && reader.read(steps[step].map((i) => rows[i] as number));
  let next = fetch(0);
  for (const [step, positions] of steps.entries()) {
    const pixels = (await next) as Uint8Array;
    next = fetch(step + 1);
    // A failed read is reported when its batch is due.
    next?.catch(() => undefined);
    yield {
      pixels,
      labels: Float32Array.from(positions, (i) => labels[i] as number),
      fresh: Math.min(batchSize, rows.length - step * batchSize),
    };
  }
}
