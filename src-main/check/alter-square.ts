import { after, orientations, type Affine } from './affine.ts';
import { SQUARE } from './head.ts';

/**
 * A picture as copies of it come along: flipped or turned, rotated by up to 8°, up to a tenth cropped off, another brightness
 * and contrast, grain, and on half of them a line along an edge or padding. To try a search for twins on pictures at hand.
 * @param grey uint8 [SQUARE, SQUARE]. @param random uniform in [0, 1). @returns uint8 [SQUARE, SQUARE].
 */
export function alteredSquare(grey: Uint8Array, random: () => number): Uint8Array {
  const within = (low: number, high: number) => low + (high - low) * random();
  const angle = (within(-8, 8) * Math.PI) / 180;
  const scale = within(0.9, 1);
  const reach = 1 - scale;
  const [cosine, sine] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const pose: Affine = [cosine, -sine, within(-reach, reach), sine, cosine, within(-reach, reach)];
  const turn = orientations[Math.floor(orientations.length * random())]!;
  const [contrast, brightness, grain] = [within(0.75, 1.3), within(-15, 25), within(0, 6)];
  const padding = random() < 0.25 ? within(1.05, 1.4) : 1;
  const beyond = random() < 0.5 ? 0 : 255;
  const line = random() < 0.25 ? Math.floor(4 * random()) : null;
  const [a, b, c, d, e, f] = after(turn, pose);
  const altered = new Uint8Array(SQUARE * SQUARE);
  const middle = (at: number) => ((2 * at + 1) / SQUARE - 1) * padding;
  for (let row = 0, at = 0; row < SQUARE; row += 1)
    for (let column = 0; column < SQUARE; column += 1, at += 1) {
      const [x, y] = [middle(column), middle(row)];
      const isBeyond = Math.max(Math.abs(x), Math.abs(y)) > 1;
      const lies = valueAt(grey, a * x + b * y + c, d * x + e * y + f);
      const lit = 128 + contrast * (lies - 128) + brightness + grain * (random() + random() - 1);
      altered[at] = isBeyond ? beyond : Math.max(0, Math.min(255, Math.round(lit)));
    }
  if (line !== null)
    for (let k = 0; k < SQUARE; k += 1) {
      const edge = line < 2 ? 0 : SQUARE - 1;
      altered[line % 2 === 0 ? edge * SQUARE + k : k * SQUARE + edge] = 255;
    }
  return altered;
}

/** Between four pixels of a square that reaches from −1 to 1; black where it does not reach. */
function valueAt(grey: Uint8Array, x: number, y: number): number {
  const [u, v] = [((x + 1) * SQUARE - 1) / 2, ((y + 1) * SQUARE - 1) / 2];
  if (u < 0 || v < 0 || u > SQUARE - 1 || v > SQUARE - 1) return 0;
  const [column, row] = [Math.min(SQUARE - 2, u | 0), Math.min(SQUARE - 2, v | 0)];
  const at = row * SQUARE + column;
  const upper = grey[at]! + (u - column) * (grey[at + 1]! - grey[at]!);
  const lower = grey[at + SQUARE]! + (u - column) * (grey[at + SQUARE + 1]! - grey[at + SQUARE]!);
  return upper + (v - row) * (lower - upper);
}
