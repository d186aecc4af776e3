import { SQUARE } from '../images/derivatives.ts';
import type { Box } from './affine.ts';
import { withoutStrokes } from './strokes.ts';

export { SQUARE };

/** Side of a view, pixels. */
export const VIEW = 56;

/** A picture as it is compared. */
export interface View {
  /** uint8 [VIEW, VIEW]. */
  pixels: Uint8Array;
  /** Where the head lies in it. */
  box: Box;
  /** Whether it may be without the skull, which is a thin stroke, or without all strokes: there is less of what tells heads apart. */
  isInner?: true;
}

/** Where something lies in a square, pixels; an edge is one past the last. */
interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A head that comes closer than this to all four edges of its frame, as a share of it, fills it. */
const FILLED = 0.04;
/** How far apart an edge of the head and one of all that is bright must lie for both to be looked at, as a share of the frame. */
const APART = 0.02;

/**
 * One to three views of a picture, stretched to a square. The first is the head, without the background around it, so that
 * pictures that were resized, padded or had their background cut off come out alike, whatever their brightness. The next is
 * the whole frame, unless the head fills it: where background and head can't be told apart any more (darks cut off, or a
 * raised background turned in black corners) two pictures are still alike as they are. The last is all that is bright, where
 * that is more than the head. What was put around a picture, bright padding or a line, is no part of any.
 * @param grey uint8 [SQUARE, SQUARE]. @returns none for a picture with nothing in it.
 */
export const viewsOf = (grey: Uint8Array): View[] => viewsAt(grey, placesIn(grey));

/** What lies where in a picture. */
type Places = Foreground & { frame: Bounds; contrast: Contrast };
type Foreground = { head: Bounds; bright: Bounds };

/** @returns null for a picture with nothing in it. */
function placesIn(grey: Uint8Array): Places | null {
  const contrast = contrastOf(grey, WHOLE);
  if (contrast.range < 8) return null;
  const frame = insideOf(grey, contrast);
  const { low, range } = frame === WHOLE ? contrast : contrastOf(grey, frame);
  // Relative to the background, which is not black once a picture was brightened.
  return { frame, contrast, ...foregroundOf(grey, frame, low + 0.15 * range, PIECE) };
}

const isTooSmall = ({ left, top, right, bottom }: Bounds, frame: Bounds): boolean =>
  bottom - top < (frame.bottom - frame.top) / 8 || right - left < (frame.right - frame.left) / 8;

function viewsAt(grey: Uint8Array, places: Places | null): View[] {
  if (!places) return [];
  const { frame, head, bright } = places;
  const [width, height] = [frame.right - frame.left, frame.bottom - frame.top];
  const boxOf = ({ left, top, right, bottom }: Bounds): Box => [
    (left + right - frame.left - frame.right) / width,
    (top + bottom - frame.top - frame.bottom) / height,
    (right - left) / width,
    (bottom - top) / height,
  ];
  const whole = (box: Box): View => ({ pixels: stretch(grey, frame), box });
  if (isTooSmall(head, frame)) return [whole([0, 0, 1, 1])];
  const cut = (bounds: Bounds): View => ({ pixels: stretch(grey, bounds), box: [0, 0, 1, 1] });
  const fills = isWithin(head, frame, FILLED);
  const views = [cut(head)];
  if (!fills) views.push(whole(boxOf(head)));
  if (!isWithin(head, bright, APART) && !isWithin(bright, frame, FILLED)) views.push(cut(bright));
  return views;
}

/** Strokes are brighter than what is around them by this share of a picture's contrast, at least. */
const STROKE = 0.2;
/** Where strokes are more than this share of the middle of a picture, it is looked at without them, too. */
const STROKES = 0.2;
/** A piece of a head smaller than this, as a share of the largest, is what is left of overlays. */
const LARGE = 0.3;

/**
 * The views of a picture, and where that lies elsewhere the head as it is found without overlays and without a background that is not
 * black everywhere: lines of text, a scale bar beside a small head and the edges of a slanted field of view are no part of it.
 * @param grey uint8 [SQUARE, SQUARE].
 */
export function widerViewsOf(grey: Uint8Array): View[] {
  const places = placesIn(grey);
  const views = viewsAt(grey, places);
  if (!places) return views;
  const painted = withoutStrokes(grey, STROKE * places.contrast.range);
  const contrast = contrastOf(painted, WHOLE);
  if (contrast.range < 8) return views;
  const frame = insideOf(painted, contrast, true);
  const { head } = foregroundOf(painted, frame, betweenClasses(painted, frame), LARGE);
  if (isTooSmall(head, WHOLE) || isWithin(head, places.head, APART)) return views;
  const inner = (pixels: Uint8Array): View => ({
    pixels: stretch(pixels, head),
    box: [0, 0, 1, 1],
    isInner: true,
  });
  return [...views, inner(grey), ...(paintedIn(grey, painted) > STROKES ? [inner(painted)] : [])];
}

/** Share of the middle of a picture, two fifths of its width and height, that was painted over. */
function paintedIn(grey: Uint8Array, painted: Uint8Array): number {
  const [from, past] = [0.3 * SQUARE, 0.7 * SQUARE];
  let count = 0;
  for (let y = from; y < past; y += 1)
    for (let at = y * SQUARE + from; at < y * SQUARE + past; at += 1)
      count += Number(painted[at] !== grey[at]);
  return count / (past - from) ** 2;
}

/** Half way between the means of an area's dark and bright pixels, parted by Otsu's method (IEEE Trans. SMC 9, 1979). */
function betweenClasses(grey: Uint8Array, area: Bounds): number {
  const counts = countsOf(grey, area);
  let [all, sum] = [0, 0];
  for (let value = 0; value < 256; value += 1) {
    all += counts[value]!;
    sum += value * counts[value]!;
  }
  let [dark, sumDark, most, middle] = [0, 0, 0, 0];
  for (let value = 0; value < 256; value += 1) {
    dark += counts[value]!;
    sumDark += value * counts[value]!;
    if (dark === 0 || dark === all) continue;
    const [low, high] = [sumDark / dark, (sum - sumDark) / (all - dark)];
    const between = dark * (all - dark) * (high - low) ** 2;
    if (between <= most) continue;
    most = between;
    middle = (low + high) / 2;
  }
  return middle;
}

/** Views of a picture at most. */
export const MOST_VIEWS = 5;

/**
 * In which pairs the views of two pictures are compared: the heads first, then the frames, then a head with a frame, as it
 * may have been cut out, and then whatever else there is.
 */
export function viewPairs(ofOne: number, ofOther: number): (readonly [one: number, other: number])[] {
  return PAIRS.filter(([one, other]) => one < ofOne && other < ofOther);
}

const PAIRS = [
  [0, 0],
  [1, 1],
  [1, 0],
  [0, 1],
  [2, 0],
  [0, 2],
  [2, 1],
  [1, 2],
  [2, 2],
] as const;

const WHOLE: Bounds = { left: 0, top: 0, right: SQUARE, bottom: SQUARE };

/** Whether no two edges lie farther apart than a share of the square. */
const isWithin = (one: Bounds, other: Bounds, share: number): boolean =>
  Math.max(
    Math.abs(one.left - other.left),
    Math.abs(one.top - other.top),
    Math.abs(one.right - other.right),
    Math.abs(one.bottom - other.bottom),
  ) <
  share * SQUARE;

/** Of a line's pixels: how many have about one grey level, for the line to be drawn, or to be background. */
const [DRAWN, EMPTY] = [0.75, 0.97];
/** The same of bright padding behind a text, and lines that a text on it takes at most. */
const [BLANK, TEXT] = [0.95, 24];
/** How far a grey level may be from a line's commonest. */
const ABOUT = 12;
/** What is left of a picture inside padding and lines at least, as a share of each side. */
const LEFT = 0.4;

/**
 * The picture inside what was put around it: lines and padding brighter than its background, text on them or not. Dark
 * padding is left to it, unless a line lies in it: that is background.
 * @param isWide also around a head that is small, which ends the search on the other sides otherwise.
 */
function insideOf(grey: Uint8Array, { low, range }: Contrast, isWide = false): Bounds {
  const bright = low + 0.15 * range;
  const at = { ...WHOLE };
  let inside: Bounds = WHOLE;
  const line = new Uint8Array(SQUARE);
  /** The line of a side so many lines in. */
  const lineOf = (side: keyof Bounds, further: number): Uint8Array => {
    const across = side === 'left' || side === 'right';
    const place = side === 'left' || side === 'top' ? at[side] + further : at[side] - 1 - further;
    const [from, to] = across ? [at.top, at.bottom] : [at.left, at.right];
    for (let i = from; i < to; i += 1)
      line[i - from] = across ? grey[i * SQUARE + place]! : grey[place * SQUARE + i]!;
    return line.subarray(0, to - from);
  };
  let padding: number | null = null;
  /** Lines to go in at once: one, or with a text all until behind it; 0 where the picture begins. */
  const linesOf = (side: keyof Bounds): { lines: number; drawn: boolean } => {
    const { level, share } = commonest(lineOf(side, 0));
    if (level <= bright && share >= EMPTY) return { lines: 1, drawn: false };
    if (level > bright && share >= DRAWN) {
      padding = level;
      return { lines: 1, drawn: true };
    }
    for (let further = 1; padding !== null && further <= TEXT; further += 1) {
      const next = commonest(lineOf(side, further));
      if (next.share >= BLANK && Math.abs(next.level - padding) <= ABOUT)
        return { lines: further + 1, drawn: true };
    }
    return { lines: 0, drawn: false };
  };
  for (let going = true; going;) {
    going = false;
    for (const side of ['left', 'top', 'right', 'bottom'] as const)
      for (let found = linesOf(side); found.lines > 0; found = linesOf(side)) {
        const inwards = (side === 'left' || side === 'top' ? 1 : -1) * found.lines;
        at[side] += inwards;
        if (Math.min(at.right - at.left, at.bottom - at.top) < LEFT * SQUARE) {
          if (!isWide) return inside;
          at[side] -= inwards;
          break;
        }
        going = true;
        if (found.drawn) inside = { ...inside, [side]: at[side] };
      }
  }
  return inside;
}

/** The grey level that most of a line have about, and how many do, as a share. */
function commonest(line: Uint8Array): { level: number; share: number } {
  levelCounts.fill(0);
  let [from, last] = [255, 0];
  for (let i = 0; i < line.length; i += 1) {
    const value = line[i]!;
    levelCounts[value]! += 1;
    if (value < from) from = value;
    if (value > last) last = value;
  }
  let within = 0;
  let most = 0;
  let level = 0;
  for (let to = from; to <= last; to += 1) {
    if (levelCounts[to] === 0) continue;
    within += levelCounts[to]!;
    while (levelCounts[from] === 0 || to - from > 2 * ABOUT) within -= levelCounts[from++]!;
    if (within <= most) continue;
    most = within;
    level = (from + to) / 2;
  }
  return { level, share: most / line.length };
}

/** Work space: how many pixels of a line have each grey level. */
const levelCounts = new Uint16Array(256);

/** How many pixels of an area have each grey level. */
function countsOf(grey: Uint8Array, { left, top, right, bottom }: Bounds): Uint32Array {
  const counts = new Uint32Array(256);
  for (let y = top; y < bottom; y += 1)
    for (let x = left; x < right; x += 1) counts[grey[y * SQUARE + x]!]! += 1;
  return counts;
}

/** The grey level that 5 % of an area's pixels do not exceed, and how far above it that is which 99 % don't. */
type Contrast = { low: number; range: number };

function contrastOf(grey: Uint8Array, area: Bounds): Contrast {
  const counts = countsOf(grey, area);
  const pixels = (area.right - area.left) * (area.bottom - area.top);
  const level = (share: number) => {
    let rest = share * pixels;
    for (let value = 0; value < 256; value += 1) {
      rest -= counts[value]!;
      if (rest <= 0) return value;
    }
    return 255;
  };
  const low = level(0.05);
  return { low, range: level(0.99) - low };
}

/** A piece smaller than this, as a share of the largest, is text, a scale bar or a speck. */
const PIECE = 0.08;

/** Work space: pixels of the foreground that lie side by side in a row, run after run: which row, from where, up to where. */
const runRows = new Uint8Array((SQUARE * SQUARE) / 2);
const runStarts = new Uint8Array(runRows.length);
const runEnds = new Uint8Array(runRows.length);
/** The first run of the piece that each is of, or one on the way there. */
const runPieces = new Uint16Array(runRows.length);

function pieceOf(run: number): number {
  let at = run;
  while (runPieces[at] !== at) at = runPieces[at] = runPieces[runPieces[at]!]!;
  return at;
}

/**
 * What is brighter than a threshold: all of it, and its large pieces, which are the head. Pixels that share an edge are of one piece.
 * @param piece size of the smallest of these, as a share of the largest.
 */
function foregroundOf(grey: Uint8Array, frame: Bounds, threshold: number, piece: number): Foreground {
  let count = 0;
  let above = 0;
  for (let y = frame.top; y < frame.bottom; y += 1) {
    const first = count;
    const row = y * SQUARE;
    for (let x = frame.left; x < frame.right;) {
      if (grey[row + x]! <= threshold) {
        x += 1;
        continue;
      }
      runRows[count] = y;
      runStarts[count] = x;
      do x += 1;
      while (x < frame.right && grey[row + x]! > threshold);
      runEnds[count] = x;
      runPieces[count] = count;
      // Runs of the row above that end before this one begins touch none of what follows either.
      while (above < first && runEnds[above]! <= runStarts[count]!) above += 1;
      for (let other = above; other < first && runStarts[other]! < x; other += 1) {
        const [one, two] = [pieceOf(other), pieceOf(count)];
        runPieces[Math.max(one, two)] = Math.min(one, two);
      }
      count += 1;
    }
    above = first;
  }
  const sizes = new Uint16Array(count);
  for (let run = 0; run < count; run += 1) sizes[pieceOf(run)]! += runEnds[run]! - runStarts[run]!;
  let largest = 0;
  for (let run = 0; run < count; run += 1) largest = Math.max(largest, sizes[run]!);
  return {
    head: boundsOf(count, (run) => sizes[pieceOf(run)]! >= piece * largest),
    bright: boundsOf(count, () => true),
  };
}

/** Where the runs lie that are meant. */
function boundsOf(count: number, isMeant: (run: number) => boolean): Bounds {
  const rows = new Uint16Array(SQUARE);
  /** How many runs begin less how many end at each column; then how many hold it. */
  const columns = new Int16Array(SQUARE + 1);
  for (let run = 0; run < count; run += 1) {
    if (!isMeant(run)) continue;
    rows[runRows[run]!]! += runEnds[run]! - runStarts[run]!;
    columns[runStarts[run]!]! += 1;
    columns[runEnds[run]!]! -= 1;
  }
  for (let x = 1; x < SQUARE; x += 1) columns[x]! += columns[x - 1]!;
  const [first, last] = extent(rows);
  const [before, after] = extent(columns.subarray(0, SQUARE));
  return { left: before, top: first, right: after, bottom: last };
}

/** First and one past the last line in which more than a speck is foreground. */
function extent(counts: Uint16Array | Int16Array): [number, number] {
  const speck = 0.05 * SQUARE;
  const first = counts.findIndex((count) => count > speck);
  return first < 0 ? [0, 0] : [first, counts.findLastIndex((count) => count > speck) + 1];
}

/** Work space: a picture's lines as narrow as a view. */
const narrow = new Float32Array(SQUARE * VIEW);

/** The mean of 3 × 3 samples a pixel, taken between those of the picture: along rows, then along columns. */
function stretch(grey: Uint8Array, { left, top, right, bottom }: Bounds): Uint8Array {
  const { from: columns, past: pastColumns } = samplesOf(left, right - left);
  const { from: rows, past: pastRows } = samplesOf(top, bottom - top);
  const last = rows[3 * VIEW - 1]! + 1;
  for (let y = rows[0]!, from = y * SQUARE, to = y * VIEW; y <= last; y += 1, from += SQUARE)
    for (let k = 0; k < 3 * VIEW; k += 3, to += 1) {
      const [a, b, c] = [from + columns[k]!, from + columns[k + 1]!, from + columns[k + 2]!];
      const one = grey[a]! + pastColumns[k]! * (grey[a + 1]! - grey[a]!);
      const two = grey[b]! + pastColumns[k + 1]! * (grey[b + 1]! - grey[b]!);
      narrow[to] = one + two + (grey[c]! + pastColumns[k + 2]! * (grey[c + 1]! - grey[c]!));
    }
  const view = new Uint8Array(VIEW * VIEW);
  for (let v = 0; v < VIEW; v += 1)
    for (let u = 0; u < VIEW; u += 1) {
      let sum = 0;
      for (let k = 3 * v; k < 3 * v + 3; k += 1) {
        const at = rows[k]! * VIEW + u;
        sum += narrow[at]! + pastRows[k]! * (narrow[at + VIEW]! - narrow[at]!);
      }
      view[v * VIEW + u] = Math.round(sum / 9);
    }
  return view;
}

/** Three samples for each pixel of a view along one axis: the picture's pixel before each, and how far past it. */
function samplesOf(start: number, size: number): { from: Uint8Array; past: Float32Array } {
  const from = new Uint8Array(3 * VIEW);
  const past = new Float32Array(3 * VIEW);
  for (let k = 0; k < 3 * VIEW; k += 1) {
    const at = Math.max(0, Math.min(SQUARE - 1, start + ((k + 0.5) * size) / (3 * VIEW) - 0.5));
    from[k] = Math.min(SQUARE - 2, Math.floor(at));
    past[k] = at - from[k]!;
  }
  return { from, past };
}
