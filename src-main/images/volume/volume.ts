import type { Picture } from '../picture.ts';
import type { Facts } from '../facts.ts';
import { otsu } from '../otsu.ts';
import { checkSize, Damage } from '../image-refusals.ts';
import { greyPixels, percentileWindow, type Window } from '../window.ts';
import type { Grid, Triple } from './grid.ts';
import { orientationOf, spacing, type Orientation } from './orientation.ts';
import { countAbove, planes, sliceCount, sliceOf, type Plane, type Slice } from './slices.ts';
import { withSquareVoxels } from './square-voxels.ts';

/** A slice counts as within the brain if its head has at least this fraction of the largest slice's area. */
const SHARE_OF_LARGEST = 0.25;

/** Slices of a volume as pictures, all with one window. */
export class Volume {
  readonly grid: Grid;
  readonly orientation: Orientation;
  readonly #spacing: Triple;
  /** Of stored values. */
  readonly #percentiles: Window;
  readonly #areas = new Map<Plane, number[]>();

  /** @throws Damage if it is uniform. */
  constructor(grid: Grid) {
    const orientation = orientationOf(grid.affine);
    if (!orientation) throw new Damage('faultOrientationPlane', {});
    this.grid = grid;
    this.orientation = orientation;
    this.#spacing = spacing(grid.affine, orientation);
    this.#percentiles = percentileWindow(grid.data);
    if (!(this.#percentiles.high > this.#percentiles.low)) throw new Damage('faultEmptyVolume', {});
  }

  /** Bytes it holds in memory. */
  get bytes(): number {
    return this.grid.data.byteLength;
  }

  /**
   * The slices within the brain, from the patient's left, back or bottom: those whose head (bright by Otsu's threshold) has at
   * least a quarter of its largest area.
   * @param atMost evenly spaced ones, if there are more.
   */
  slices(plane: Plane, atMost = Infinity): string[] {
    const areas = this.#areasOf(plane);
    const largest = Math.max(...areas);
    const within = areas.flatMap((area, index) => (area >= SHARE_OF_LARGEST * largest ? index : []));
    const count = Math.min(atMost, within.length);
    return Array.from({ length: count }, (_, place) => {
      const index = within[Math.floor(((place + 0.5) * within.length) / count)]!;
      return `${plane}:${index}`;
    });
  }

  /** Whether it has this slice, which need not be within the brain. */
  has(frame: string): boolean {
    return placeOf(frame, this) !== null;
  }

  facts(frame: string): Facts {
    const { plane, index } = placeOf(frame, this)!;
    return {
      ...this.grid.facts,
      plane,
      slice: index,
      slices: sliceCount(this.grid, this.orientation, plane),
    };
  }

  /** A slice's values as displayed, before its voxels are made square. */
  values(frame: string): Slice {
    const { plane, index } = placeOf(frame, this)!;
    return sliceOf(this.grid, this.orientation, this.#spacing, plane, index);
  }

  /**
   * Its picture, with square pixels. Unscaled uint8 and colours are unchanged; everything else is scaled between the volume's
   * percentiles, whatever window is requested, since volume files have none.
   */
  picture(name: string, frame: string): Picture {
    const flat = this.values(frame);
    const [x, y] = flat.spacing;
    const least = Math.min(x, y);
    checkSize(name, Math.round((flat.width * x) / least), Math.round((flat.height * y) / least), 3);
    const { width, height, channels, values } = withSquareVoxels(flat);
    if (channels === 3) return { width, height, pixels: Buffer.from(values.map(Math.round)) };
    return { width, height, pixels: greyPixels(values, this.#window()) };
  }

  #window(): Window {
    const { data, slope, inter } = this.grid;
    if (data instanceof Uint8Array && slope === 1 && inter === 0) return { low: 0, high: 255 };
    const [one, other] = [this.#percentiles.low, this.#percentiles.high].map(
      (stored) => stored * slope + inter,
    );
    return { low: Math.min(one!, other!), high: Math.max(one!, other!) };
  }

  #areasOf(plane: Plane): number[] {
    const known = this.#areas.get(plane);
    if (known) return known;
    const { data, slope } = this.grid;
    // A million voxels determine the threshold as well as all do.
    const step = Math.max(1, Math.floor(data.length / 2 ** 20)) | 1;
    const threshold = otsu(data, this.#percentiles, step);
    const isHead =
      slope > 0 ? (stored: number) => stored > threshold : (stored: number) => stored < threshold;
    const areas = countAbove(this.grid, this.orientation, plane, isHead);
    this.#areas.set(plane, areas);
    return areas;
  }
}

/** Null if it is no slice of this volume. */
function placeOf(frame: string, { grid, orientation }: Volume): { plane: Plane; index: number } | null {
  const [, name, digits] = /^(\w+):(\d+)$/.exec(frame) ?? [];
  const plane = planes.find((known) => known === name);
  if (!plane) return null;
  const index = Number(digits);
  return index < sliceCount(grid, orientation, plane) ? { plane, index } : null;
}
