import type { SettingsChange } from '../../../src-main/contract/settings.ts';

/** Of the models on sample scans: small pictures and few epochs, so that the first is there in a minute or so, on two cores. */
export const sampleSettings = { imageSize: 64, epochs: 10, patience: 0 } as const satisfies SettingsChange;
