import { deliver, leave, receive, send } from './worker-side.ts';
import { FalxError } from '../contract/errors.ts';
import { detailsOf } from '../contract/messages/say.ts';

/**
 * Reports its runtime, echoes what it was sent, loads TensorFlow and reports the result to the parent process. In a process of its
 * own, since an incompatible library crashes the process that loads it.
 */
export type ProbeMessage =
  | { kind: 'here'; version: string; heard: unknown }
  | { kind: 'loaded'; version: string; usesGpu: boolean }
  | { kind: 'failed'; reason: string };

/** The request; `sample` is echoed in `heard`. */
export type ProbeQuestion = { kind: 'load'; sample: unknown };

const tell = (message: ProbeMessage): void => send(message);

receive(({ sample }: ProbeQuestion) => void answer(sample));

async function answer(sample: unknown): Promise<void> {
  const here: ProbeMessage = { kind: 'here', version: process.versions.node, heard: sample };
  // More than a pipe holds: loading would block, or crash, the process with half of it unsent.
  await deliver(here);
  await load();
}

async function load(): Promise<void> {
  // Log everything about the devices TensorFlow finds, and which library it misses.
  process.env['TF_CPP_MIN_LOG_LEVEL'] = '0';
  process.env['TF_CPP_VMODULE'] = 'dso_loader=1';
  try {
    const { binding } = await import('./runtime.ts');
    const tensorflow = binding();
    tell({ kind: 'loaded', version: tensorflow.TF_Version, usesGpu: tensorflow.isUsingGpuDevice() });
  } catch (error) {
    // The loader's own message: the parent knows the rest.
    console.error(error);
    const said = error instanceof FalxError ? detailsOf(error.asMessage)[0] : undefined;
    tell({ kind: 'failed', reason: said?.text ?? (error as Error).message });
  }
  await leave();
}
