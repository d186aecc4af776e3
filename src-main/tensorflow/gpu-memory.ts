import { gpuBytesOf, nvidiaGpusNow, type NvidiaGpu, type NvidiaOptions } from './nvidia.ts';

/** Memory of the GPU, from the view of a process that computes on it. Bytes. */
export class GpuMemory {
  /** Free when this was created: before TensorFlow was loaded and this process took any. */
  readonly free: number;
  readonly #uuid: string;
  readonly #options: NvidiaOptions;

  private constructor({ uuid, freeBytes }: NvidiaGpu, options: NvidiaOptions) {
    this.#uuid = uuid;
    this.free = freeBytes ?? 0;
    this.#options = options;
  }

  /**
   * Of the GPU that TensorFlow uses here: the first of CUDA_VISIBLE_DEVICES, or of all. Waits for `nvidia-smi`.
   * @returns null if unknown: no GPU, memory shared with the machine, a partition of a GPU (MIG).
   */
  static look(options: NvidiaOptions = {}): GpuMemory | null {
    const answer = nvidiaGpusNow(options);
    if (answer.kind !== 'gpus') return null;
    const chosen = (options.env ?? process.env)['CUDA_VISIBLE_DEVICES']?.split(',')[0]?.trim();
    const gpu =
      chosen === undefined
        ? answer.gpus[0]
        : /^\d+$/.test(chosen)
          ? answer.gpus[Number(chosen)]
          : answer.gpus.find(({ uuid }) => chosen !== '' && uuid.startsWith(chosen));
    return gpu === undefined || gpu.freeBytes === null || gpu.parts.length > 0
      ? null
      : new GpuMemory(gpu, options);
  }

  /**
   * What this process holds of it now; TensorFlow returns nothing before it ends, so at the end this is the peak. If the driver
   * doesn't count per process: the decrease in free memory.
   */
  taken(): number | null {
    const own = gpuBytesOf(process.pid, this.#options);
    if (own !== null) return own;
    const answer = nvidiaGpusNow(this.#options);
    const gpu = answer.kind === 'gpus' ? answer.gpus.find(({ uuid }) => uuid === this.#uuid) : undefined;
    return typeof gpu?.freeBytes === 'number' ? Math.max(0, this.free - gpu.freeBytes) : null;
  }
}
