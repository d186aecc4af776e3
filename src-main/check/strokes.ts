import { SQUARE } from '../images/derivatives.ts';

const PIXELS = SQUARE * SQUARE;

/** Work space. */
const lines = new Uint8Array(PIXELS);
const opened = new Uint8Array(PIXELS);
const strokes = new Uint8Array(PIXELS);
const sums = new Float32Array(PIXELS);
const weights = new Float32Array(PIXELS);

/**
 * A picture without thin bright strokes, as of letters and lines: what stands out of its opening by 3 × 3 pixels (Serra, Image analysis
 * and mathematical morphology, 1982: the top hat), with a pixel around it, is painted over from both sides.
 * @param grey uint8 [SQUARE, SQUARE]. @param least grey levels by which strokes stand out. @returns another one; the same if there are none.
 */
export function withoutStrokes(grey: Uint8Array, least: number): Uint8Array {
  erode(grey, opened);
  dilate(opened, opened);
  let isThere = false;
  for (let at = 0; at < PIXELS; at += 1) {
    const standsOut = grey[at]! - opened[at]! > least;
    strokes[at] = Number(standsOut);
    isThere ||= standsOut;
  }
  if (!isThere) return grey;
  dilate(strokes, strokes);
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

/** The least of 3 × 3 pixels; beyond an edge, the edge's. */
const erode = (from: Uint8Array, to: Uint8Array): void => leastOf(from, to, 0);

/** The greatest of them: the least of what they lack to 255, turned round again. */
const dilate = (from: Uint8Array, to: Uint8Array): void => leastOf(from, to, 255);

function leastOf(from: Uint8Array, to: Uint8Array, turn: 0 | 255): void {
  for (let row = 0; row < PIXELS; row += SQUARE) {
    let before = from[row]! ^ turn;
    let here = before;
    for (let at = row; at < row + SQUARE; at += 1) {
      const after = at === row + SQUARE - 1 ? here : from[at + 1]! ^ turn;
      const least = before < here ? before : here;
      lines[at] = after < least ? after : least;
      before = here;
      here = after;
    }
  }
  for (let row = 0; row < PIXELS; row += SQUARE) {
    const above = row === 0 ? 0 : -SQUARE;
    const below = row === PIXELS - SQUARE ? 0 : SQUARE;
    for (let at = row; at < row + SQUARE; at += 1) {
      const before = lines[at + above]!;
      const here = lines[at]!;
      const after = lines[at + below]!;
      const least = before < here ? before : here;
      to[at] = (after < least ? after : least) ^ turn;
    }
  }
}
