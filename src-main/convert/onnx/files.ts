import { readFile, writeFile } from 'node:fs/promises';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { frozenModel, type ImageType } from '../../train/model.ts';
import { flatFacts, NOTICE } from '../facts.ts';
import type { Runtime, Writing } from '../runtime.ts';
import { onnxModel } from './onnx.ts';

export const writeOnnx =
  (input: ImageType) =>
  async ({ card, facts, target, weights }: Writing): Promise<void> => {
    const { graph, signatures } = frozenModel(card.settings, weights(), input);
    const { title } = facts.network;
    const bytes = onnxModel(graph, signatures['serving_default']!, {
      version: facts.falx,
      name: title,
      text: `${title}: probability of "${facts.classes.positive}". ${NOTICE}`,
      metadata: flatFacts(facts),
    });
    await writeFile(target, bytes, { flag: 'wx' });
  };

/** In WebAssembly: the same on every system, and a tenth of the size of the native packages. */
export const openOnnx =
  (input: ImageType) =>
  async (target: string): Promise<Runtime> => {
    env.wasm.numThreads = 1;
    env.logLevel = 'error';
    const session = await InferenceSession.create(await readFile(target), { executionProviders: ['wasm'] });
    return {
      title: `ONNX Runtime ${env.versions.web ?? ''}`.trim(),
      async run(pixels, count, side) {
        const shape = [count, side, side, 3];
        const images =
          input === 'uint8'
            ? new Tensor('uint8', pixels, shape)
            : new Tensor('float32', Float32Array.from(pixels), shape);
        const { probability } = await session.run({ images });
        return (await probability!.getData()) as Float32Array;
      },
      close: () => session.release(),
    };
  };
