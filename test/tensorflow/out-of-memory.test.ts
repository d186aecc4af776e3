import { describe, expect, test } from 'vitest';
import { FalxError } from '../../src-main/contract/errors.ts';
import { saysOutOfMemory } from '../../src-main/tensorflow/out-of-memory.ts';
import { largestThatFits, stepMemory } from '../../src-main/train/batch-that-fits.ts';

/*
 * Messages from the sources of TensorFlow, cuDNN and cuBLAS and from reports; only those on a processor were reproduced
 * here. This can't see other versions' wording.
 */

describe('that memory ran out is known in each of its wordings', () => {
  test.each([
    'OOM when allocating tensor with shape[32,1024,14,14] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc',
    'RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[16,112,112,64] and type float',
    'Resource exhausted: something [Op:Conv2D]',
    'INTERNAL: Dst tensor is not initialized.',
    'Failed to create cuDNN handle: CUDNN_STATUS_ALLOC_FAILED',
    'failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED',
    'CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED in cudnnCreate',
    'NOT_FOUND: No algorithm worked!  Error messages:\n  Profiling failure on CUDNN engine 1',
    'failed to allocate 7.92GiB (8502575104 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
    'INTERNAL: Failed to allocate 1024 bytes',
    'ran out of memory trying to allocate 2.25GiB',
    "terminate called after throwing an instance of 'std::bad_alloc'",
    'mmap failed: Cannot allocate memory',
  ])('%s', (message) => expect(saysOutOfMemory(message)).toBe(true));
});

describe('what runs out otherwise is no memory', () => {
  test.each([
    'RESOURCE_EXHAUSTED: /home/a/runs/run-1/state: No space left on device',
    'RESOURCE_EXHAUSTED: ENOSPC: no space left on device, write',
    'RESOURCE_EXHAUSTED: Disk quota exceeded',
    'RESOURCE_EXHAUSTED: /dev/nvidia0; Too many open files',
    'There is no room for the zoom of this classroom',
    'INVALID_ARGUMENT: Incompatible shapes: [8] vs. [16]',
    'Allocator type: BFC',
    'Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.25GiB with freed_by_count=0. The caller indicates that this is not a failure, but this may mean that there could be performance gains if more memory were available.',
  ])('%s', (message) => expect(saysOutOfMemory(message)).toBe(false));

  test('but one line of a log that says it does count', () => {
    expect(saysOutOfMemory('No space left on device\nOOM when allocating tensor')).toBe(true);
  });
});

describe('the batch that would fit', () => {
  const memory = () => new FalxError('stepMemory', { detail: { from: 'TensorFlow', text: 'OOM' } });
  /** A device with room for this many. */
  const room = (most: number) => {
    const asked: number[] = [];
    const attempt = (count: number): Promise<void> => {
      asked.push(count);
      return count > most ? Promise.reject(memory()) : Promise.resolve();
    };
    return { asked, attempt };
  };

  test.each([
    [32, 16, 16],
    [32, 15, 8],
    [31, 7, 7],
    [32, 1, 1],
    [32, 0, 0],
    [1, 0, 0],
  ])('of %i where %i have room is %i', async (batch, most, fits) => {
    const { asked, attempt } = room(most);
    expect(await largestThatFits(batch, attempt)).toBe(fits);
    expect(Math.max(0, ...asked)).toBeLessThan(batch);
  });

  test('another error of the trial is not taken for want of memory', async () => {
    const fault = new FalxError('tensorflowStopped', { detail: { from: 'TensorFlow', text: 'x' } });
    await expect(largestThatFits(8, () => Promise.reject(fault))).rejects.toBe(fault);
  });

  test('is said, and that none is where none is', () => {
    expect(stepMemory(32, 8, memory())).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringContaining('A batch of 8 fits'),
      facts: { why: 'batchMemory', batch: 32, fits: 8, detail: { from: 'TensorFlow', text: 'OOM' } },
    });
    expect(stepMemory(4, 0, memory()).message).toContain('Not even one image at a time fits');
  });
});
