/**
 * Loads TensorFlow and tells the parent process what came of it. A process of its own: a library that doesn't fit
 * the machine ends the process that loads it.
 */
export type ProbeMessage =
  { kind: 'loaded'; version: string; usesGpu: boolean } | { kind: 'failed'; reason: string };

process.on('disconnect', () => process.exit(1));
// All that TensorFlow says about the devices it finds, which goes to the log, and which library it misses.
process.env['TF_CPP_MIN_LOG_LEVEL'] = '0';
process.env['TF_CPP_VMODULE'] = 'dso_loader=1';

const { binding } = await import('./runtime.ts');
const send = (message: ProbeMessage) => process.send!(message, () => process.exit(0));
try {
  const tensorflow = binding();
  send({ kind: 'loaded', version: tensorflow.TF_Version, usesGpu: tensorflow.isUsingGpuDevice() });
} catch (error) {
  // The loader's own words: the one who asked knows the rest.
  const { message, facts } = error as Error & { facts?: { reason?: string } };
  send({ kind: 'failed', reason: facts?.reason ?? message });
}
