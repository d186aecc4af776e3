import { Worker } from 'node:worker_threads';
import { Damage } from '../image-refusals.ts';
import type { Codestream } from './codestream.ts';
import type { Compression } from './transfer-syntaxes.ts';

export type Codec = Exclude<Compression, 'none' | 'encapsulated' | 'rle'>;

export interface Task {
  codec: Codec;
  /** The codestream, a copy of its own. */
  input: Uint8Array;
  header: Codestream;
}

export type Answer = { output: Uint8Array } | { fault: string };

/*
 * Codecs run on a thread of their own: damaged data make some of them run for minutes, or trap, and neither may block or end the
 * process. It starts on first use and doesn't keep the process alive. One per process is enough, since there is a parser process
 * per core, and each reserves some 850 MiB for it, which counts towards its memory limit.
 */
let worker: Worker | undefined;
/** It gets one request after another: this is the last. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Samples as in the codestream, without colour conversion: 1 byte each up to 8 bits (2 for signed HTJ2K), 2 up to 16, otherwise 4,
 * little endian; samples of a pixel side by side.
 * @throws Damage if the codec refuses, or takes longer than valid data would.
 */
export async function decodeCodestream(codec: Codec, input: Buffer, header: Codestream): Promise<Uint8Array> {
  const answered = last.then(() => ask({ codec, input: new Uint8Array(input), header }));
  last = answered.catch(() => undefined);
  const answer = await answered;
  if ('fault' in answer)
    throw new Damage('faultNotDecoded', { said: { from: 'dcmjs-codecs', text: answer.fault } });
  return answer.output;
}

/** A valid frame of a million samples takes some tenths of a second. */
const secondsFor = ({ width, height, components }: Codestream): number =>
  20 + (2 * width * height * components) / 1e6;

function ask(task: Task): Promise<Answer> {
  const seconds = secondsFor(task.header);
  const asked = (worker ??= new Worker(new URL('./codec-worker.ts', import.meta.url)));
  return new Promise((resolve) => {
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      // Removing all listeners would remove the worker's own as well.
      for (const event of ['message', 'error', 'exit']) asked.removeAllListeners(event);
      asked.unref();
      resolve(answer);
    };
    const replace = (fault: string) => {
      worker = undefined;
      void asked.terminate();
      finish({ fault });
    };
    const timer = setTimeout(
      () => replace(`the decoder was still busy after ${Math.round(seconds)} seconds`),
      seconds * 1000,
    );
    asked.once('message', finish);
    asked.once('error', (error: Error) => replace(error.message));
    asked.once('exit', () => replace('the decoder ended'));
    asked.ref();
    asked.postMessage(task, [task.input.buffer as ArrayBuffer]);
  });
}
