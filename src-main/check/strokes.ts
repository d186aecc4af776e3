import { SQUARE } from '../images/derivatives.ts';
import { Assembly, type Address } from '../system/assembly.ts';
import { wasm } from './strokes.wasm.ts';

const PIXELS = SQUARE * SQUARE;

/** What strokes.as exports; it says what each does. */
interface Kernels {
  erode(from: Address, to: Address, work: Address, size: number): void;
  dilate(from: Address, to: Address, work: Address, size: number): void;
}

const loops = new Assembly<Kernels>(wasm);
// What lies before the first pixel is read, too.
loops.room(1);
const [here, there, work] = [loops.room(PIXELS), loops.room(PIXELS), loops.room(PIXELS)];
loops.keep();
/** Work space; none of it moves, as no more memory is asked for. */
const [pixels, opened] = [loops.lent(here, PIXELS), loops.lent(there, PIXELS)];
const strokes = new Uint8Array(PIXELS);
const sums = new Float32Array(PIXELS);
const weights = new Float32Array(PIXELS);

/**
 * A picture without thin bright strokes, as of letters and lines: what stands out of its opening by 3 × 3 pixels (Serra, Image analysis
 * and mathematical morphology, 1982: the top hat), with a pixel around it, is painted over from both sides.
 * @param grey uint8 [SQUARE, SQUARE]. @param least grey levels by which strokes stand out. @returns another one; the same if there are none.
 */
export function withoutStrokes(grey: Uint8Array, least: number): Uint8Array {
  pixels.set(grey);
  loops.kernels.erode(here, there, work, SQUARE);
  loops.kernels.dilate(there, there, work, SQUARE);
  let isThere = false;
  for (let at = 0; at < PIXELS; at += 1) {
    const standsOut = grey[at]! - opened[at]! > least;
    strokes[at] = Number(standsOut);
    isThere ||= standsOut;
  }
  if (!isThere) return grey;
  pixels.set(strokes);
  loops.kernels.dilate(here, here, work, SQUARE);
  strokes.set(pixels);
  sums.fill(0);
  weights.fill(0);
  for (let line = 0; line < SQUARE; line += 1) {
    bridge(grey, line * SQUARE, 1);
    bridge(grey, line, SQUARE);
  }
  const painted = grey.slice();
  for (let at = 0; at < PIXELS; at += 1)
    if (strokes[at] !== 0) painted[at] = weights[at] === 0 ? opened[at]! : sums[at]! / weights[at]!;
  return painted;
}

/** Adds to the strokes' pixels of a row or column what lies at both ends of each stroke there, the nearer the more. */
function bridge(grey: Uint8Array, start: number, step: number): void {
  for (let place = 0; place < SQUARE; place += 1) {
    if (strokes[start + place * step] === 0) continue;
    const first = place;
    while (place < SQUARE && strokes[start + place * step] !== 0) place += 1;
    for (let within = first; within < place; within += 1) {
      const at = start + within * step;
      if (first > 0) add(at, grey[start + (first - 1) * step]!, within - first + 1);
      if (place < SQUARE) add(at, grey[start + place * step]!, place - within);
    }
  }
}

function add(at: number, value: number, distance: number): void {
  sums[at]! += value / distance;
  weights[at]! += 1 / distance;
}
