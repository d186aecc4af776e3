import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { ImageRecord } from '../contract/records.ts';
import type { Augmentation, Preprocessing } from '../contract/settings.ts';
import { squareInSubprocess } from '../images/subprocess.ts';
import type { Registry } from '../registry/registry.ts';
import { randomFrom, shuffled } from '../statistics/random.ts';
import { RequestWorker } from '../tensorflow/request-worker.ts';
import { dataOf } from './plan.ts';
import type { PreviewReply, PreviewRequest } from './preview-plan.ts';

/** Number of scans shown, of both classes if the set has them. */
export const PREVIEWED = 6;

export type PreviewOptions = {
  splitId: string;
  pixels: Preprocessing;
  augmentation: Augmentation;
  /** The run's seed; with the draw's number it determines the augmentation. */
  seed: number;
  /** From 1: the first draw shown, and their number. */
  draw: number;
  draws: number;
};

export type DrawnPreview = {
  images: ImageRecord[];
  imageSize: number;
  /** A scan's pixels as the network gets them, uint8 [imageSize, imageSize, 3]. */
  squares: Uint8Array[];
  /** For each scan, its augmentation in each draw. */
  drawn: Uint8Array[][];
};

type Worker = RequestWorker<PreviewRequest, Extract<PreviewReply, { kind: 'drawn' }>>;

/** Number of pixel settings whose squares are cached: going back and forth between two values decodes nothing again. */
const KEPT = 4;

/**
 * Shows scans as the network sees them in training, with the same code as training: `square` for crop and padding, `augment`, in a
 * worker with TensorFlow, for random changes. The worker is kept for a while, so that the next change of a setting is shown at
 * once; it computes on the processor and takes no GPU from a training.
 */
export class InputPreviews {
  readonly #log: string;
  readonly #idle: number;
  readonly #squares = new Map<string, Promise<Uint8Array[]>>();
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param home whose logs are used. @param idle milliseconds without requests after which its worker ends. */
  constructor(home: string, idle = 2 * 60_000) {
    this.#log = path.join(home, 'logs', 'preview.log');
    this.#idle = idle;
  }

  /**
   * Six scans of a split's training set, the same ones each time.
   * @throws FalxError `not-found`; `bad-run` if the scans are on another workstation; as `squareInSubprocess`, and whatever ends a worker.
   */
  async of(registry: Registry, options: PreviewOptions): Promise<DrawnPreview> {
    const { splitId, pixels, augmentation, seed, draw, draws } = options;
    const { dataset, images, parts } = dataOf(registry, splitId);
    const shown = chosen(parts.train).map((row) => images[row]!);
    if (shown.length === 0) return { images: [], imageSize: pixels.imageSize, squares: [], drawn: [] };
    const key = JSON.stringify([dataset.id, pixels, shown.map(({ id }) => id)]);
    const squares = await this.#squaresOf(key, () =>
      Promise.all(shown.map((image) => squareInSubprocess(dataset.folder, image, pixels))),
    );
    const size = pixels.imageSize ** 2 * 3;
    const all = await this.#ask({
      pixels: Buffer.concat(squares),
      count: shown.length,
      imageSize: pixels.imageSize,
      augmentation,
      seeds: Array.from({ length: draws }, (_, i) => [seed, draw + i] as const),
    });
    const drawn = shown.map((_, i) => all.map((one) => one.subarray(i * size, (i + 1) * size)));
    return { images: shown, imageSize: pixels.imageSize, squares, drawn };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#rest();
  }

  #squaresOf(key: string, make: () => Promise<Uint8Array[]>): Promise<Uint8Array[]> {
    const known = this.#squares.get(key);
    this.#squares.delete(key);
    const squares = known ?? make();
    this.#squares.set(key, squares);
    // An image that could not be decoded may be back next time.
    squares.catch(() => this.#squares.delete(key));
    for (const old of [...this.#squares.keys()].slice(0, -KEPT)) this.#squares.delete(old);
    return squares;
  }

  async #ask(question: Omit<PreviewRequest, 'request'>): Promise<Uint8Array[]> {
    if (this.#closed) throw new FalxError('falxCloses', { run: '' });
    clearTimeout(this.#timer);
    try {
      return (await (this.#worker ??= this.#start()).ask(question)).pixels;
    } finally {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#rest(), this.#idle).unref();
    }
  }

  #start(): Worker {
    const worker: Worker = new RequestWorker(
      { work: 'previewing', of: '', log: this.#log },
      { module: new URL('./preview-worker.ts', import.meta.url), device: 'cpu' },
      {
        onGone: () => {
          if (this.#worker === worker) this.#worker = null;
        },
      },
    );
    return worker;
  }

  /** Ends the worker; the next request starts another. */
  async #rest(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    worker?.end(); // it has no unsaved state
    await worker?.gone;
  }
}

/** Rows of the scans shown: half of each class, drawn with a fixed seed, in the order of the dataset. */
function chosen({ rows, labels }: { rows: readonly number[]; labels: readonly number[] }): number[] {
  const order = shuffled(rows.length, randomFrom(1, 'preview'));
  const of = (label: number) => order.filter((i) => labels[i] === label);
  const [negative, positive] = [of(0), of(1)];
  const half = PREVIEWED / 2;
  const some = positive.slice(0, Math.max(half, PREVIEWED - negative.length));
  return [...some, ...negative.slice(0, PREVIEWED - some.length)].map((i) => rows[i]!);
}
