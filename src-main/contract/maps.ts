import { z } from 'zod';

/** Methods to show where a network looked. */
const table = {
  /** Class-activation map: the sum over the last maps' channels, each weighted by the head. */
  cam: { titled: 'CAM', asked: 'always' },
  gradcampp: { titled: 'Grad-CAM++', asked: 'always' },
  /** Parts of the scan covered one after another: hundreds of predictions, so only on request. */
  occlusion: { titled: 'Occlusion', asked: 'on demand' },
} as const satisfies Record<string, { titled: string; asked: 'always' | 'on demand' }>;

export type MapMethod = keyof typeof table;
export const mapMethods = Object.keys(table) as MapMethod[];
export const MapMethod = z.enum(mapMethods as [MapMethod, ...MapMethod[]]);
export const mapMethodTable: Readonly<Record<MapMethod, { titled: string; asked: 'always' | 'on demand' }>> =
  table;

/** The class whose evidence a map shows. */
export const MapTarget = z.enum(['positive', 'negative']);
export type MapTarget = z.infer<typeof MapTarget>;

/** Position of a network's square in its scan, as fractions of the scan's width and height; it may extend beyond the scan. */
export const MapPlace = z.object({
  left: z.number(),
  top: z.number(),
  width: z.number(),
  height: z.number(),
});
export type MapPlace = z.infer<typeof MapPlace>;

/**
 * Whether a network's maps by one method depend on what it learnt: compared with those of the same network with random weights, and
 * of other trainings on the same split.
 */
export const MapTest = z.object({
  method: MapMethod,
  /** Scans of the validation set. */
  scans: z.int(),
  /** Number of randomised layers, from the last, of all, and the mean rank correlation with the trained network's maps, −1 to 1. */
  steps: z.array(z.object({ layers: z.int(), of: z.int(), similarity: z.number() })),
  /** Whether maps of random weights differ from them; if not, the maps are no evidence. */
  passed: z.boolean(),
  /** Similarity to the maps of other runs of the same network on the same split; null if there are none. */
  repeat: z.object({ runs: z.int(), similarity: z.number() }).nullable(),
  created: z.iso.datetime(),
});
export type MapTest = z.infer<typeof MapTest>;

/** From this rank correlation with maps of random weights, a method's maps are not shown as evidence. */
export const LIKE_RANDOM = 0.5;
/** A warning is given from this share of a map outside the head, if it is at least that of a uniform map. */
export const MUCH_OUTSIDE = 0.25;

/** Where one network looked on one scan. */
export const MapView = z.object({
  runId: z.string(),
  file: z.string(),
  sha256: z.string(),
  method: MapMethod,
  target: MapTarget,
  /** Name of the class. */
  label: z.string(),
  /** Both, the negative first. */
  classes: z.tuple([z.string(), z.string()]),
  height: z.int(),
  width: z.int(),
  /**
   * Evidence for the class by position, [height · width], row by row: contributions to its logit, or the drop in the logit. Below
   * 0: against it.
   */
  values: z.array(z.number()),
  placed: MapPlace,
  /** Share of the evidence outside the head, and that of a uniform map; null if no head was found. */
  outside: z.object({ share: z.number(), even: z.number() }).nullable(),
  /** Null until the test was made. */
  test: MapTest.nullable(),
});
export type MapView = z.infer<typeof MapView>;

/** Whether much of a map lies outside the head: the network may be using a shortcut. */
export const looksOutside = ({ outside }: Pick<MapView, 'outside'>): boolean =>
  outside !== null && outside.share >= MUCH_OUTSIDE && outside.share >= outside.even;
