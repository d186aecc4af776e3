import { foreground } from './crop.ts';
import { opened, type Mask } from './mask-components.ts';

/** Least fraction of the picture that counts as a head. */
const LEAST_AREA = 0.04;

/**
 * The head in a square as a network sees it, filled: the largest connected foreground component, with everything inside it. Text
 * and rulers beside it are excluded.
 * @param pixels uint8 [side, side, 3]. @returns uint8 [side, side], 1 inside; null if there is no clear head.
 */
export function headInside(pixels: Uint8Array, side: number): Uint8Array | null {
  const grey = Uint8Array.from({ length: side * side }, (_, at) =>
    Math.round((pixels[3 * at]! + pixels[3 * at + 1]! + pixels[3 * at + 2]!) / 3),
  );
  const found = foreground(grey, side, side);
  if (!found) return null;
  const largest = largestOf(opened(found));
  return largest.area < LEAST_AREA * side * side ? null : filled(largest.set, side);
}

/** The largest connected component. */
function largestOf({ set, width, height }: Mask): { set: Uint8Array; area: number } {
  const part = new Int32Array(set.length);
  const areas = [0];
  for (let start = 0; start < set.length; start += 1) {
    if (!set[start] || part[start]) continue;
    const number = areas.length;
    areas.push(
      spread(start, width, height, true, (at) => {
        if (!set[at] || part[at]) return false;
        part[at] = number;
        return true;
      }),
    );
  }
  const area = Math.max(...areas);
  const most = areas.indexOf(area);
  return { area, set: Uint8Array.from(part, (number) => Number(number > 0 && number === most)) };
}

/** With everything that is not reachable from the edge. */
function filled(set: Uint8Array, side: number): Uint8Array {
  const outside = new Uint8Array(set.length);
  const reach = (at: number): boolean => {
    if (set[at] || outside[at]) return false;
    outside[at] = 1;
    return true;
  };
  for (let i = 0; i < side; i += 1)
    for (const at of [i, (side - 1) * side + i, i * side, i * side + side - 1])
      spread(at, side, side, false, reach);
  return outside.map((out) => 1 - out);
}

/** Flood fill from a position through neighbours that `take` accepts. @returns the number of accepted ones. */
function spread(
  start: number,
  width: number,
  height: number,
  corners: boolean,
  take: (at: number) => boolean,
): number {
  if (!take(start)) return 0;
  const waiting = [start];
  let taken = 1;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1)
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
        if (!corners && row !== y && column !== x) continue;
        const next = row * width + column;
        if (!take(next)) continue;
        taken += 1;
        waiting.push(next);
      }
  }
  return taken;
}

/**
 * The fraction of each cell of a map that lies outside the head, 0 to 1, [height · width].
 * @param inside from `headInside`. @param cell its side, pixels.
 */
export function outsideOfCells(
  inside: Uint8Array,
  side: number,
  { height, width, cell: size }: { height: number; width: number; cell: number },
): Float64Array {
  const out = new Float64Array(height * width);
  const area = new Float64Array(height * width);
  for (let y = 0; y < side; y += 1) {
    const row = Math.min(height - 1, Math.floor(y / size));
    for (let x = 0; x < side; x += 1) {
      const cell = row * width + Math.min(width - 1, Math.floor(x / size));
      area[cell]! += 1;
      if (!inside[y * side + x]) out[cell]! += 1;
    }
  }
  return out.map((n, cell) => n / Math.max(1, area[cell]!));
}
