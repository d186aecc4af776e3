import { expect, test } from 'vitest';
import { SettingsChange } from '../../../../src-main/contract/settings.ts';
import { sampleSettings } from '../../../../src-renderer/stages/data/sample-settings.ts';

test('sample scans are trained on as small as it says: the core knows each of its settings', () => {
  // What it does not know it leaves out without a word.
  expect(SettingsChange.parse(sampleSettings)).toEqual(sampleSettings);
  expect(sampleSettings.imageSize).toBe(64);
});
