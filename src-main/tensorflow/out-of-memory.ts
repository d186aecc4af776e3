import { saysDiskFull } from '../system/disk-error.ts';

/**
 * How TensorFlow, CUDA's libraries, oneDNN and the C++ library report that memory ran out, of the GPU or of the machine. "Dst
 * tensor is not initialized" is a copy to a full GPU, "No algorithm worked" a convolution without memory for any of cuDNN's
 * algorithms.
 */
const wordings = [
  /\bOOM when allocating\b/,
  /\bDst tensor is not initialized\b/,
  /\b(CUDNN|CUBLAS|CUSOLVER|CUSPARSE)_STATUS_ALLOC_FAILED\b/,
  /\bCUFFT_ALLOC_FAILED\b/,
  /\bCUDNN_STATUS_INTERNAL_ERROR_(DEVICE|HOST)_ALLOCATION_FAILED\b/,
  /\bNo algorithm worked\b/,
  /\bCUDA_ERROR_OUT_OF_MEMORY\b/,
  /\bcudaErrorMemoryAllocation\b/,
  /\bRESOURCE[_ ]EXHAUSTED\b/i,
  /\bout of memory\b/i,
  /\b(failed|unable|could not|cannot|can't) (to )?allocate\b/i,
  /\bstd::bad_alloc\b/,
];

/** Other resources that run out in the same words, and an allocator's note that it manages with less. */
const otherwise = (line: string): boolean =>
  saysDiskFull(line) || /Too many open files|this is not a failure/i.test(line);

/**
 * Whether an error's message, or the end of a log, says that memory ran out.
 * @param text of one line or several, each checked by itself
 */
export const saysOutOfMemory = (text: string): boolean =>
  text.split('\n').some((line) => !otherwise(line) && wordings.some((wording) => wording.test(line)));
