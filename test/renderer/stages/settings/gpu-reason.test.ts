import { expect, test } from 'vitest';
import { type GpuFacts, whyNoGpu } from '../../../../src-main/doctor/gpu.ts';
import { errorDetail } from '../../../../src-renderer/app/error-text.ts';

const none: GpuFacts = { platform: 'linux', names: [], onBus: 0, driver: null, deviceFiles: false };
const whole: GpuFacts = { ...none, onBus: 1, names: ['RTX'], driver: '580.65', deviceFiles: true };
const log = '2026-11-24 08:00:00.000000: E external/cuda.cc:1] failed call to cuInit: CUDA_ERROR_NO_DEVICE';

/** Everything the core can say, by what it finds. */
test.each([
  ['a Mac', whyNoGpu({ ...none, platform: 'darwin' }, 'cpu', '')],
  ['Windows', whyNoGpu({ ...none, platform: 'win32' }, 'cpu', '')],
  ['no GPU', whyNoGpu(none, 'cpu', '')],
  ['no driver', whyNoGpu({ ...none, onBus: 1 }, 'gpu', '')],
  ['no device files', whyNoGpu({ ...whole, deviceFiles: false }, 'gpu', '')],
  ['the processor build', whyNoGpu(whole, 'cpu', '')],
  ['nothing said', whyNoGpu(whole, 'gpu', '')],
  ['what TensorFlow said', whyNoGpu(whole, 'gpu', log)],
])('the window has its own words for %s, the same in English as the core’s', (_, { reason, facts }) => {
  // What to type is told on the command line.
  const plain = reason.replace(' (--gpus all)', '');
  expect(errorDetail({ message: 'not worded', facts }).replaceAll(/[“”]/g, '"')).toBe(plain);
});
