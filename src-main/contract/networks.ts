import { z } from 'zod';

/** The three backbones, by the name the command line and the registry use. */
export const networkNames = ['mobilenetv2', 'densenet121', 'resnet50'] as const;
export const NetworkName = z.enum(networkNames);
export type NetworkName = z.infer<typeof NetworkName>;

/** Side of the square input, pixels. */
export const ImageSize = z.int().min(32).max(512);
