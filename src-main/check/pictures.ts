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
  /** uint8 [views]: the grey level that nothing in it counts as brighter than. */
  limits: Uint8Array;
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

export function viewOn({ chunks, boxes, inner }: Shelf, index: number): View {
  return {
    pixels: new Uint8Array(chunks[Math.floor(index / CHUNK)]!, (index % CHUNK) * PIXELS, PIXELS),
    box: Array.from(boxes.subarray(4 * index, 4 * index + 4)) as Box,
    ...(inner[index] === 1 && { isInner: true }),
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
  readonly #limits: number[] = [];
  readonly #firsts: number[] = [0];
  readonly #cut: typeof viewsOf;
  readonly #limitOf: (view: View) => number;

  /** @param cut how views are cut out of each. @param limitOf the grey level that nothing in one counts as brighter than. */
  constructor(cut = viewsOf, limitOf: (view: View) => number = () => 255) {
    this.#cut = cut;
    this.#limitOf = limitOf;
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
    for (const view of this.#cut(grey)) {
      const { pixels, box, isInner } = view;
      const index = this.#boxes.length / 4;
      if (index % CHUNK === 0) this.#chunks.push(new SharedArrayBuffer(CHUNK * PIXELS));
      new Uint8Array(this.#chunks.at(-1)!).set(pixels, (index % CHUNK) * PIXELS);
      this.#boxes.push(...box);
      this.#inner.push(Number(isInner ?? false));
      this.#limits.push(this.#limitOf(view));
    }
    this.#firsts.push(this.#boxes.length / 4);
  }

  /** Views of distinct files, in the order of `copies`. */
  shelf(): Shelf {
    const boxes = new Float32Array(new SharedArrayBuffer(4 * this.#boxes.length));
    boxes.set(this.#boxes);
    const bytes = (values: readonly number[]) => {
      const shared = new Uint8Array(new SharedArrayBuffer(values.length));
      shared.set(values);
      return shared;
    };
    const firsts = new Uint32Array(new SharedArrayBuffer(4 * this.#firsts.length));
    firsts.set(this.#firsts);
    return {
      chunks: [...this.#chunks],
      boxes,
      inner: bytes(this.#inner),
      limits: bytes(this.#limits),
      firsts,
    };
  }
}
