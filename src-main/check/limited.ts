import { INSIDE } from './detail.ts';
import { VIEW, type View } from './head.ts';

/** So many of a head's pixels are its own, and not what lies over it; what is darker than this share of the brightest is black. */
const [OWN, BLACK] = [0.75, 1 / 16];

/** The grey level that most of what is inside a head does not exceed: letters over a dark head are far above it. */
export function limitOf({ pixels, box: [headX, headY, width, height] }: View): number {
  const counts = new Uint16Array(256);
  let brightest = 0;
  for (let row = 0; row < VIEW; row += 1) {
    const down = ((2 * row + 1) / VIEW - 1 - headY) / height;
    for (let column = 0; column < VIEW; column += 1) {
      const across = ((2 * column + 1) / VIEW - 1 - headX) / width;
      const value = pixels[row * VIEW + column]!;
      if (value > brightest) brightest = value;
      if (across * across + down * down <= INSIDE * INSIDE) counts[value]! += 1;
    }
  }
  const black = Math.floor(BLACK * brightest);
  let rest = OWN * counts.subarray(black + 1).reduce((sum, count) => sum + count, 0);
  let level = rest === 0 ? 255 : black;
  while (rest > 0) rest -= counts[(level += 1)]!;
  return level;
}

/**
 * A view whose pixels are no brighter than a limit (winsorised: Tukey, The future of data analysis, 1962): what is brighter over a head
 * weighs no more than the brightest of its own then, whichever shape it has.
 */
export function limited(view: View, limit: number): View {
  if (limit === 255) return view;
  const pixels = view.pixels.slice();
  for (let at = 0; at < pixels.length; at += 1) if (pixels[at]! > limit) pixels[at] = limit;
  return { ...view, pixels };
}
