import { describe, expect, test } from 'vitest';
import { placementIn } from '../../src-main/verify/placement.ts';

/** A line as TensorFlow 2.21 prints it with TF_CPP_VMODULE=executor=1; those of a GPU differ in the device alone. */
const line = (step: number, name: string, type: string, device: string) =>
  `I0000 00:00:1795921488.244192   27445 executor.cc:879] Process node: 270 step ${step} {{node ${name}}} = ${type}[T=DT_FLOAT, _device="/job:localhost/replica:0/task:0/device:${device}:0"](a, b) device: /job:localhost/replica:0/task:0/device:${device}:0`;

describe('where operations were computed', () => {
  test('is counted by type, for the longest of the graph’s runs', () => {
    const log = [
      line(1, 'assign/a', 'AssignVariableOp', 'CPU'),
      'something else',
      line(3, 'train_all/conv1', 'Conv2D', 'GPU'),
      line(3, 'train_all/conv2', 'Conv2D', 'GPU'),
      line(3, 'images', '_Arg', 'CPU'),
      line(4, 'predict/conv1', 'Conv2D', 'GPU'),
    ].join('\n');
    expect(placementIn(log, true)).toEqual({
      onGpu: { Conv2D: 2 },
      onProcessor: { _Arg: 1 },
      unexpected: [],
    });
  });

  test('names what computes and was yet left on the processor', () => {
    const log = [
      line(2, 'train_all/conv1', 'Conv2D', 'GPU'),
      line(2, 'train_all/rotate', 'ImageProjectiveTransformV3', 'CPU'),
      line(2, 'step/1', 'Cast', 'CPU'),
      line(2, 'path', 'StringJoin', 'CPU'),
    ].join('\n');
    expect(placementIn(log, true).unexpected).toEqual(['train_all/rotate (ImageProjectiveTransformV3)']);
    expect(placementIn(log, false).unexpected).toEqual([]);
  });

  test('is nothing in a log without it', () => {
    expect(placementIn('This TensorFlow binary is optimized\n', true)).toEqual({
      onGpu: {},
      onProcessor: {},
      unexpected: [],
    });
  });
});
