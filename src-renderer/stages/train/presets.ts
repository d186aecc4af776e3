import type { Changes } from './fields.ts';

/** Three ways to train, for users who don't want to choose settings. */
export const presetNames = ['quick', 'balanced', 'thorough'] as const;
export type PresetName = (typeof presetNames)[number];

/** What each preset changes from the defaults. */
export const presets: Record<PresetName, Changes> = {
  quick: { imageSize: 96, epochs: 6 },
  balanced: {},
  thorough: { epochs: 40, patience: 12 },
};
