import type { Box } from './affine.ts';
import { VIEW, viewsOf, type View } from './head.ts';

/** Views in one piece of memory. */
const CHUNK = 1024;
const PIXELS = VIEW * VIEW;

/** Views of many pictures, in memory that threads share. */
export interface Shelf {
  /** uint8 [CHUNK, VIEW, VIEW] each. */
  chunks: SharedArrayBuffer[];
  /** float32 [views, 4]. */
  boxes: Float32Array;
  /** uint8 [views]: 1 for one that may be without its skull. */
  inner: Uint8Array;
  /** uint32 [pictures + 1]: the first view of each picture; the next ones follow it. */
  firsts: Uint32Array;
}

/** Of each view the picture that it is of. */
export function picturesOfViews({ boxes, firsts }: Pick<Shelf, 'boxes' | 'firsts'>): Uint32Array {
  const pictures = new Uint32Array(boxes.length / 4);
  for (let picture = 0; picture + 1 < firsts.length; picture += 1)
    pictures.fill(picture, firsts[picture], firsts[picture + 1]);
  return pictures;
}

export function viewOn({ chunks, boxes }: Shelf, index: number): View {
  return {
    pixels: new Uint8Array(chunks[Math.floor(index / CHUNK)]!, (index % CHUNK) * PIXELS, PIXELS),
    box: Array.from(boxes.subarray(4 * index, 4 * index + 4)) as Box,
  };
}

/** Pictures to find twins among. A view takes 4 kB, a picture mostly has one or two; of the same file it is kept once. */
export class Pictures {
  /** Ids of the pictures of each distinct file, in the order they were added. */
  readonly copies: number[][] = [];
  readonly #places = new Map<string, number>();
  readonly #chunks: SharedArrayBuffer[] = [];
  readonly #boxes: number[] = [];
  readonly #inner: number[] = [];
  readonly #firsts: number[] = [0];
  readonly #cut: typeof viewsOf;

  /** @param cut how views are cut out of each. */
  constructor(cut = viewsOf) {
    this.#cut = cut;
  }

  /** @param sha256 of the file. @param grey uint8 [SQUARE, SQUARE], not kept. */
  add(id: number, sha256: string, grey: Uint8Array): void {
    const place = this.#places.get(sha256);
    if (place !== undefined) {
      this.copies[place]!.push(id);
      return;
    }
    this.#places.set(sha256, this.copies.length);
    this.copies.push([id]);
    for (const { pixels, box, isInner } of this.#cut(grey)) {
      const index = this.#boxes.length / 4;
      if (index % CHUNK === 0) this.#chunks.push(new SharedArrayBuffer(CHUNK * PIXELS));
      new Uint8Array(this.#chunks.at(-1)!).set(pixels, (index % CHUNK) * PIXELS);
      this.#boxes.push(...box);
      this.#inner.push(Number(isInner ?? false));
    }
    this.#firsts.push(this.#boxes.length / 4);
  }

  /** Views of distinct files, in the order of `copies`. */
  shelf(): Shelf {
    const boxes = new Float32Array(new SharedArrayBuffer(4 * this.#boxes.length));
    boxes.set(this.#boxes);
    const inner = new Uint8Array(new SharedArrayBuffer(this.#inner.length));
    inner.set(this.#inner);
    const firsts = new Uint32Array(new SharedArrayBuffer(4 * this.#firsts.length));
    firsts.set(this.#firsts);
    return { chunks: [...this.#chunks], boxes, inner, firsts };
  }
}
