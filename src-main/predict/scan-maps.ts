import type { MapMethod, MapTarget, MapTest, MapView } from '../contract/maps.ts';
import type { ClassMaps, CoveredMaps } from '../contract/packets.ts';
import type { Run } from '../contract/records.ts';
import { headInside, outsideOfCells } from '../images/head-outline.ts';
import type { Placed } from '../images/pixels.ts';
import { occlusionPlan } from '../inference/occlusion.ts';

/** A scan as a network saw it, with its maps. */
export type MappedScan = {
  file: string;
  sha256: string;
  /** uint8 [imageSize, imageSize, 3] */
  pixels: Uint8Array;
  placed: Placed;
  /** Of this one scan. */
  maps: ClassMaps;
  /** Null until it was requested, since it takes long. */
  covered: CoveredMaps | null;
};

/** The maps of one of several scans that were predicted together. */
export function mapsOfOne({ height, width, cam, gradcampp }: ClassMaps, index: number): ClassMaps {
  const of = (all: Float32Array) => all.slice(index * height * width, (index + 1) * height * width);
  return {
    height,
    width,
    cam: of(cam),
    gradcampp: { positive: of(gradcampp.positive), negative: of(gradcampp.negative) },
  };
}

export type MapChoice = { method: MapMethod; target: MapTarget };

/** Evidence for a class by position; null if it was not made. */
export function evidenceOf(
  { maps, covered }: Pick<MappedScan, 'maps' | 'covered'>,
  { method, target }: MapChoice,
): { height: number; width: number; values: Float32Array } | null {
  const { height, width } = maps;
  if (method === 'gradcampp') return { height, width, values: maps.gradcampp[target] };
  const signed = (values: Float32Array) => (target === 'positive' ? values : values.map((value) => -value));
  if (method === 'cam') return { height, width, values: signed(maps.cam) };
  if (covered === null) return null;
  return { height: covered.cells, width: covered.cells, values: signed(covered.drops) };
}

/** A map as it is shown; null if it was not made. @param classes negative, then positive. */
export function viewOfMap(
  run: Run,
  seen: MappedScan,
  wish: MapChoice,
  classes: readonly [string, string],
  test: MapTest | null,
): MapView | null {
  const found = evidenceOf(seen, wish);
  if (!found) return null;
  const { height, width, values } = found;
  const side = run.settings.pixels.imageSize;
  const cell = wish.method === 'occlusion' ? occlusionPlan(side).step : side / width;
  const { placed } = seen;
  return {
    runId: run.id,
    file: seen.file,
    sha256: seen.sha256,
    ...wish,
    label: classes[wish.target === 'positive' ? 1 : 0],
    classes: [...classes],
    height,
    width,
    values: [...values],
    // The last cells of occlusion may extend a little beyond the square.
    placed: {
      ...placed,
      width: (placed.width * cell * width) / side,
      height: (placed.height * cell * height) / side,
    },
    outside: outsideHead(seen.pixels, side, { height, width, values, cell }),
    test,
  };
}

/** Share of the evidence for the class that lies outside the head; null without a clear head, or without such evidence. */
export function outsideHead(
  pixels: Uint8Array,
  side: number,
  { height, width, values, cell }: { height: number; width: number; values: Float32Array; cell: number },
): { share: number; even: number } | null {
  const inside = headInside(pixels, side);
  if (!inside) return null;
  const outside = outsideOfCells(inside, side, { height, width, cell });
  let [all, out] = [0, 0];
  values.forEach((value, place) => {
    all += Math.max(0, value);
    out += Math.max(0, value) * outside[place]!;
  });
  if (all === 0) return null;
  return { share: out / all, even: outside.reduce((sum, part) => sum + part, 0) / outside.length };
}
