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
 * Codecs run on a thread of their own: damaged data make some of them run for minutes, or trap, and neither may hold up
 * or end the process. It starts when first needed and doesn't keep the process alive. One a process is enough, since
 * parsers are a process per core, and each has some 850 MiB set aside for it, which their limit of memory counts.
 */
const idle: Worker[] = [];
const waiting: ((worker: Worker) => void)[] = [];
const MAX_WORKERS = 1;
let workers = 0;

/**
 * Samples as the codestream has them, without any change of colour: 1 byte each up to 8 bits (2 for signed HTJ2K), 2
 * up to 16, else 4, little endian; samples of a pixel side by side.
 * @throws Damage when the codec refuses, or takes longer than any sound data would.
 */
export async function decodeCodestream(codec: Codec, input: Buffer, header: Codestream): Promise<Uint8Array> {
  const worker = await freeWorker();
  const answer = await ask(worker, { codec, input: new Uint8Array(input), header });
  if ('fault' in answer)
    throw new Damage('faultNotDecoded', { said: { from: 'dcmjs-codecs', text: answer.fault } });
  return answer.output;
}

async function freeWorker(): Promise<Worker> {
  const worker = idle.pop();
  if (worker) return worker;
  if (workers >= MAX_WORKERS) return new Promise((resolve) => waiting.push(resolve));
  workers += 1;
  return started();
}

function started(): Worker {
  const worker = new Worker(new URL('./codec-worker.ts', import.meta.url));
  worker.unref();
  return worker;
}

/** A sound frame of a million samples takes some tenths of a second. */
const secondsFor = ({ width, height, components }: Codestream): number =>
  20 + (2 * width * height * components) / 1e6;

function ask(worker: Worker, task: Task): Promise<Answer> {
  const seconds = secondsFor(task.header);
  return new Promise((resolve) => {
    const finish = (answer: Answer, next: () => Worker) => {
      clearTimeout(timer);
      // All at once would take the worker's own as well.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      resolve(answer);
      release(next);
    };
    const replace = (fault: string) =>
      finish({ fault }, () => {
        void worker.terminate();
        return started();
      });
    const timer = setTimeout(
      () => replace(`the decoder was still busy after ${Math.round(seconds)} seconds`),
      seconds * 1000,
    );
    worker.once('message', (answer: Answer) =>
      finish(answer, () => {
        worker.unref();
        return worker;
      }),
    );
    worker.once('error', (error: Error) => replace(error.message));
    worker.once('exit', () => replace('the decoder ended'));
    worker.ref();
    worker.postMessage(task, [task.input.buffer as ArrayBuffer]);
  });
}

function release(next: () => Worker): void {
  const worker = next();
  const first = waiting.shift();
  if (first) first(worker);
  else idle.push(worker);
}
