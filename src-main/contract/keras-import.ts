import { z } from 'zod';
import { NetworkName } from './networks.ts';

/**
 * What the training script did to pixels 0…255 before they reached the model: nothing; 0…1 (`rescale=1/255`); −1…1; or the
 * network's `preprocess_input` of Keras Applications. A model's file does not record it.
 */
export const kerasScalings = ['none', 'unit', 'signed', 'network'] as const;
export const KerasScaling = z.enum(kerasScalings);
export type KerasScaling = z.infer<typeof KerasScaling>;

/** What the user must state about a Keras model because its file does not. */
export const KerasChoices = z.object({
  /** In the order of its outputs; for a single output the class near 0, then that near 1. */
  classes: z.tuple([z.string().trim().min(1).max(100), z.string().trim().min(1).max(100)]),
  positive: z.string(),
  /** Left out: none, if the model scales by itself. */
  scaling: KerasScaling.optional(),
});
export type KerasChoices = z.infer<typeof KerasChoices>;

/** What kind of file it is. */
export const RunFileLook = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('falx') }),
  z.object({
    kind: z.literal('keras'),
    network: NetworkName,
    /** Fraction of the network's channels. */
    width: z.number(),
    /** Side of its input, pixels. */
    imageSize: z.int(),
    /** Whether it scales pixels by itself. */
    scales: z.boolean(),
    /** Number of outputs: 1 (sigmoid) or 2 (softmax). */
    outputs: z.int(),
    /** Layers between the last maps and the output unit that Falx's own heads lack. */
    ownHead: z.boolean(),
    /** Class names found beside it. */
    labels: z.tuple([z.string(), z.string()]).nullable(),
  }),
]);
export type RunFileLook = z.infer<typeof RunFileLook>;
export type KerasLook = Extract<RunFileLook, { kind: 'keras' }>;
