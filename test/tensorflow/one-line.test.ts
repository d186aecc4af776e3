import { expect, test } from 'vitest';
import { inOneLine } from '../../src-main/tensorflow/one-line.ts';

/* Texts printed by TensorFlow 2.21. */

test.each([
  [
    'a full disk',
    "Session fail to run with error: /h/best-1/variables.data-00000-of-00001.tempstate3767; No space left on device\n\t [[{{node model/SaveV2}}]]\nHint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions for current allocation info. This isn't available when running in Eager mode.\n",
    'No space left on device',
  ],
  [
    'a fault of a step',
    'Session fail to run with error: Incompatible shapes: [8,64] vs. [4,64]\n\t [[{{node train/mul}}]]\n',
    'Incompatible shapes: [8,64] vs. [4,64]',
  ],
  ['a long one', 'x'.repeat(1e6), `${'x'.repeat(300)}…`],
  ['nothing', '', ''],
])('%s is one line for a person', (_, said, told) => expect(inOneLine(said)).toBe(told));
