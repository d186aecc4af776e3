import { saysDiskFull } from '../system/disk-error.ts';

/**
 * How TensorFlow, CUDA's libraries, oneDNN and the C++ library say that memory ran out: of the GPU or of the machine.
 * "Dst tensor is not initialized" is a copy to a GPU that is full, "No algorithm worked" a convolution for whose every way
 * cuDNN found no room.
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

/** Other things that run out in the same words, and an allocator's note that it will do with less. */
const otherwise = (line: string): boolean =>
  saysDiskFull(line) || /Too many open files|this is not a failure/i.test(line);

/**
 * Whether an error's message, or the end of a log, says that memory ran out.
 * @param text of one line or several, each looked at by itself
 */
export const saysOutOfMemory = (text: string): boolean =>
  text.split('\n').some((line) => !otherwise(line) && wordings.some((wording) => wording.test(line)));
