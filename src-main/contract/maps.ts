import { z } from 'zod';

/** How it is found out where a network looked. */
const table = {
  /** Class-activation map: the sum over the last maps' channels, each by its weight in the head. */
  cam: { titled: 'CAM', asked: 'always' },
  gradcampp: { titled: 'Grad-CAM++', asked: 'always' },
  /** Parts of the scan covered one after another: hundreds of answers, so only when somebody asks. */
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

/** Where a network's square lies in its scan, in shares of the scan's width and height; it may reach beyond it. */
export const MapPlace = z.object({
  left: z.number(),
  top: z.number(),
  width: z.number(),
  height: z.number(),
});
export type MapPlace = z.infer<typeof MapPlace>;

/**
 * Whether a network's maps by one method come of what it learnt: compared with those of the same network with random
 * weights, and of other trainings on the same split.
 */
export const MapTest = z.object({
  method: MapMethod,
  /** Scans of the validation set. */
  scans: z.int(),
  /** Layers with random weights, from the last, of all, and the mean rank correlation with the trained network's maps, −1 to 1. */
  steps: z.array(z.object({ layers: z.int(), of: z.int(), similarity: z.number() })),
  /** Whether maps of random weights are unlike them; if not, they are no evidence of anything. */
  passed: z.boolean(),
  /** With the maps of other runs of the same network on the same split; null where there are none. */
  repeat: z.object({ runs: z.int(), similarity: z.number() }).nullable(),
  created: z.iso.datetime(),
});
export type MapTest = z.infer<typeof MapTest>;

/** At this rank correlation with maps of random weights, or above, a method's maps are not shown as evidence. */
export const LIKE_RANDOM = 0.5;
/** A map that lies outside the head by this share, and by no less than one that is even everywhere, is warned of. */
export const MUCH_OUTSIDE = 0.25;

/** Where one network looked on one scan. */
export const MapView = z.object({
  runId: z.string(),
  file: z.string(),
  sha256: z.string(),
  method: MapMethod,
  target: MapTarget,
  /** The class's name. */
  label: z.string(),
  /** Both, the negative first. */
  classes: z.tuple([z.string(), z.string()]),
  height: z.int(),
  width: z.int(),
  /** Evidence for the class by place, [height · width], row by row: parts of its logit, or what it fell by. Below 0: against it. */
  values: z.array(z.number()),
  placed: MapPlace,
  /** Share of the evidence outside the head, and that of a map that is even everywhere; null where no head was found. */
  outside: z.object({ share: z.number(), even: z.number() }).nullable(),
  /** Null until it was made. */
  test: MapTest.nullable(),
});
export type MapView = z.infer<typeof MapView>;

/** Whether much of a map lies where no head is: what it was told apart by may be a shortcut. */
export const looksOutside = ({ outside }: Pick<MapView, 'outside'>): boolean =>
  outside !== null && outside.share >= MUCH_OUTSIDE && outside.share >= outside.even;
