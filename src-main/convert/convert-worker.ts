import { FalxError } from '../contract/errors.ts';
import { exportFormats } from '../contract/export-formats.ts';
import { inOneLine } from '../tensorflow/one-line.ts';
import { Session } from '../tensorflow/session.ts';
import { failureOf, leave, receive, send } from '../tensorflow/worker-side.ts';
import { numbers } from '../train/engine.ts';
import { frozenFolder } from '../train/frozen.ts';
import { savedWeights } from '../train/saved-weights.ts';
import { modelDamaged, readCard, type ModelCard } from '../train/run-storage.ts';
import { formats } from './formats.ts';
import type { Runtime } from './runtime.ts';
import { type ConvertReply, type ConvertTask, MOST, type Verified } from './task.ts';

/** The process that converts a model to another format and verifies it there, so that neither blocks the core. */

/** Scans at once: few enough for the memory of a WebAssembly runtime. */
const BATCH = 4;

receive(
  (task: ConvertTask) =>
    void convert(task)
      .then((verified): ConvertReply => ({ kind: 'done', verified }), failureOf)
      .then(async (reply) => {
        send(reply);
        await leave();
      }),
);

async function convert(task: ConvertTask): Promise<Verified> {
  const { folder, format, target, facts, pixels, count } = task;
  const card = readCard(folder);
  if (card === null) throw modelDamaged(folder);
  const own = answersOf(folder, card, pixels, count);
  const { write, open } = formats[format];
  const written = await write({ card, facts, target, weights: () => savedWeights(folder, card.settings) });
  const { title, verifiedBy } = exportFormats[format];
  const refused = (cause: unknown) =>
    new FalxError(
      'exportNotRead',
      {
        run: task.run,
        format: title,
        runtime: verifiedBy,
        detail: { from: verifiedBy, text: inOneLine(String((cause as Error)?.message ?? cause)) },
      },
      { cause },
    );
  const runtime = await open(target, written, card).catch((cause: unknown) => {
    throw refused(cause);
  });
  const worst = await worstOf(runtime, task, card.settings.pixels.imageSize, own).catch((cause: unknown) => {
    throw refused(cause);
  });
  await runtime.close();
  // NaN is no answer either.
  if (!(worst <= MOST))
    throw new FalxError('exportDiffers', {
      run: task.run,
      format: title,
      runtime: runtime.title,
      worst: worst.toExponential(1),
      most: String(MOST),
    });
  return { runtime: runtime.title, scans: count, worst };
}

/** Largest difference from Falx's own answers; NaN if any is NaN. */
async function worstOf(
  runtime: Runtime,
  { pixels, count }: ConvertTask,
  side: number,
  own: Float32Array,
): Promise<number> {
  let worst = 0;
  const size = side * side * 3;
  for (let from = 0; from < count; from += BATCH) {
    const n = Math.min(BATCH, count - from);
    const answers = await runtime.run(pixels.subarray(from * size, (from + n) * size), n, side);
    if (answers.length !== n) throw new Error(`${answers.length} answers to ${n} scans`);
    for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(answers[i]! - own[from + i]!));
    send({ kind: 'progress', done: from + n, of: count } satisfies ConvertReply);
  }
  return worst;
}

/** Falx's own answers, from the graph that it predicts with. */
function answersOf(folder: string, card: ModelCard, pixels: Uint8Array, count: number): Float32Array {
  const session = new Session(frozenFolder(folder));
  try {
    const side = card.settings.pixels.imageSize;
    const images = { dtype: 'uint8', shape: [count, side, side, 3], data: pixels } as const;
    return numbers(session.run({ 'predict/images:0': images }, ['predict/probability:0'])[0]);
  } finally {
    session.close();
  }
}
