import { z } from 'zod';
import { NetworkName } from './networks.ts';

/**
 * What a script did to pixels 0…255 before it gave them to its model: nothing; 0…1 (`rescale=1/255`); −1…1; what Keras Applications'
 * `preprocess_input` of the network does. A model's file says nothing of it.
 */
export const kerasScalings = ['none', 'unit', 'signed', 'network'] as const;
export const KerasScaling = z.enum(kerasScalings);
export type KerasScaling = z.infer<typeof KerasScaling>;

/** What a person knows of a Keras model and its file does not. */
export const KerasChoices = z.object({
  /** In the order of its outputs; of one output the class near 0, then that near 1. */
  classes: z.tuple([z.string().trim().min(1).max(100), z.string().trim().min(1).max(100)]),
  positive: z.string(),
  /** Left out: nothing, where the model scales by itself. */
  scaling: KerasScaling.optional(),
});
export type KerasChoices = z.infer<typeof KerasChoices>;

/** What a file that may be imported as a run is. */
export const RunFileLook = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('falx') }),
  z.object({
    kind: z.literal('keras'),
    network: NetworkName,
    /** Share of the network's channels. */
    width: z.number(),
    /** Side of its pictures, pixels. */
    imageSize: z.int(),
    /** Whether it scales pixels by itself. */
    scales: z.boolean(),
    /** Of outputs: 1 (sigmoid) or 2 (softmax). */
    outputs: z.int(),
    /** Layers between the last maps and the last unit that Falx's own heads don't have. */
    ownHead: z.boolean(),
    /** Class names that lie beside it. */
    labels: z.tuple([z.string(), z.string()]).nullable(),
  }),
]);
export type RunFileLook = z.infer<typeof RunFileLook>;
export type KerasLook = Extract<RunFileLook, { kind: 'keras' }>;
