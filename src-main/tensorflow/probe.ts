import { deliver, leave, receive, send } from './worker-side.ts';
import { FalxError } from '../contract/errors.ts';
import { detailsOf } from '../contract/messages/say.ts';

/**
 * Says on what it runs, repeats what it was sent, loads TensorFlow and tells the parent process what came of it. A process
 * of its own: a library that doesn't fit the machine ends the process that loads it.
 */
export type ProbeMessage =
  | { kind: 'here'; version: string; heard: unknown }
  | { kind: 'loaded'; version: string; usesGpu: boolean }
  | { kind: 'failed'; reason: string };

/** What it is asked; `sample` comes back in `heard`. */
export type ProbeQuestion = { kind: 'load'; sample: unknown };

const tell = (message: ProbeMessage): void => send(message);

receive(({ sample }: ProbeQuestion) => void answer(sample));

async function answer(sample: unknown): Promise<void> {
  const here: ProbeMessage = { kind: 'here', version: process.versions.node, heard: sample };
  // More than a pipe holds: loading would block, or end, the process with half of it unsent.
  await deliver(here);
  await load();
}

async function load(): Promise<void> {
  // All that TensorFlow says about the devices it finds, which goes to the log, and which library it misses.
  process.env['TF_CPP_MIN_LOG_LEVEL'] = '0';
  process.env['TF_CPP_VMODULE'] = 'dso_loader=1';
  try {
    const { binding } = await import('./runtime.ts');
    const tensorflow = binding();
    tell({ kind: 'loaded', version: tensorflow.TF_Version, usesGpu: tensorflow.isUsingGpuDevice() });
  } catch (error) {
    // The loader's own words: the one who asked knows the rest.
    console.error(error);
    const said = error instanceof FalxError ? detailsOf(error.told)[0] : undefined;
    tell({ kind: 'failed', reason: said?.text ?? (error as Error).message });
  }
  await leave();
}
