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
