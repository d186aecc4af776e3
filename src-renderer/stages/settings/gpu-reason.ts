/**
 * Why a GPU is not used, as the core writes it, and the messages that say the same in the language in use. A test sees
 * that the core still writes it so.
 */
const sentences: readonly [RegExp, string][] = [
  [/^TensorFlow has no GPU build for macOS\.$/, 'settings.gpuMac'],
  [/^TensorFlow has no GPU build for Windows\./, 'settings.gpuWindows'],
  [/^There is no NVIDIA GPU in this machine\.$/, 'settings.gpuNone'],
  [/^There is an NVIDIA GPU, but its driver is not loaded\./, 'settings.gpuDriver'],
  [/^The NVIDIA driver is loaded, but its device files /, 'settings.gpuFiles'],
  [/^There is an NVIDIA GPU with a driver, but TensorFlow was set up without GPU/, 'settings.gpuBuild'],
  [/^TensorFlow found no GPU it can use and did not say why\.$/, 'settings.gpuUnsaid'],
  [/^TensorFlow found no GPU it can use: (.*)$/s, 'settings.gpuSaid'],
  [/^TensorFlow is not loaded, so no device can be used\.$/, 'settings.gpuNoTensorflow'],
];

/** The message for a reason; null for one that has none, which is shown as it is. */
export function gpuReason(reason: string): { key: string; said: string } | null {
  for (const [pattern, key] of sentences) {
    const found = pattern.exec(reason);
    if (found) return { key, said: found[1] ?? '' };
  }
  return null;
}
