/**
 * What the pinned GPU build of TensorFlow (2.21.0, NVIDIA's wheels for CUDA 12.8) requires of a machine. Updated with
 * `build/runtime-lock.json`.
 */
export const gpuNeeds = {
  /**
   * The oldest driver that runs any CUDA 12: NVIDIA's CUDA Compatibility, "Minor Version Compatibility", table 1 (≥ 525), and the
   * toolkit's release notes, table "CUDA Toolkit and Minimum Required Driver Version" (Linux ≥ 525.60.13).
   */
  driver: '525.60.13',
  /**
   * Compute capabilities, from the first to below the second. The wheel's libraries contain code for sm_60, sm_70, sm_80, sm_89 and
   * some for sm_90, and PTX for compute_90 (read from their fat binaries). NVIDIA's 10.0 and 12.0 (Blackwell) would have to compile
   * that PTX again and are known to fail with it.
   */
  capabilities: { from: 6, below: 10 },
} as const;
