import { expect, test } from 'vitest';
import { deviceName } from '../../../../src-renderer/stages/train/device-name.ts';
import { secondsInAll } from '../../../../src-renderer/stages/train/estimates.ts';

test('two GPUs of one kind are told apart, and one of another kind keeps its name', () => {
  const devices = [
    { id: 'GPU-1', name: 'NVIDIA RTX A6000' },
    { id: 'GPU-2', name: 'NVIDIA L40S' },
    { id: 'GPU-3', name: 'NVIDIA RTX A6000' },
    { id: 'GPU-4', name: null },
    { id: 'GPU-5', name: null },
  ];
  expect([...devices.map(({ id }) => id), 'gone'].map((id) => deviceName(devices, id))).toEqual([
    'NVIDIA RTX A6000 (1)',
    'NVIDIA L40S',
    'NVIDIA RTX A6000 (2)',
    null,
    null,
    null,
  ]);
});

test('three runs on two devices take as long as the longer lane', () => {
  const estimates = [10, 4, 5].map((seconds) => ({ secondsInAll: seconds }));
  // 10 | 4 + 5
  expect(secondsInAll(estimates, 2)).toBe(10);
  expect(secondsInAll(estimates, 1)).toBe(19);
  expect(secondsInAll(estimates, 0)).toBe(19);
});
