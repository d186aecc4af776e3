import { expect, test } from 'vitest';
import { SettingsChange } from '../../../../src-main/contract/settings.ts';
import { sampleSettings, trainedOf } from '../../../../src-renderer/stages/data/sample-settings.ts';
import { metrics } from '../../../registry/sample-records.ts';
import { runView } from '../../run-view.ts';

test('sample scans are trained on as small as it says: the core knows each of its settings', () => {
  // Unknown settings would be dropped silently.
  expect(SettingsChange.parse(sampleSettings)).toEqual(sampleSettings);
  expect(sampleSettings.imageSize).toBe(64);
});

test('the first model is ready once it has metrics; queued and training ones are still open', () => {
  const waits = runView({ id: 'run-b', hasModel: false });
  const trained = runView({ id: 'run-a' });
  expect(trainedOf([waits, waits])).toEqual({ open: ['run-b', 'run-b'], hasEvaluated: false });
  // Trained but not evaluated yet: there is nothing to compare.
  expect(trainedOf([trained, waits])).toEqual({ open: ['run-b'], hasEvaluated: false });
  const evaluated = runView({ id: 'run-a', metrics: metrics('run-a') });
  expect(trainedOf([evaluated, waits])).toEqual({ open: ['run-b'], hasEvaluated: true });
  expect(trainedOf([evaluated])).toEqual({ open: [], hasEvaluated: true });
});
