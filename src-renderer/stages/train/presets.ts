import type { Changes } from './fields.ts';

/** Three ways to train, for someone who does not want to know more. */
export const presetNames = ['quick', 'balanced', 'thorough'] as const;
export type PresetName = (typeof presetNames)[number];

/** What each changes of the defaults. */
export const presets: Record<PresetName, Changes> = {
  quick: { imageSize: 96, epochs: 6 },
  balanced: {},
  thorough: { epochs: 40, patience: 12 },
};
