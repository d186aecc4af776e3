import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Graph } from '../graph/graph.ts';
import { cast, identity, placeholder } from '../graph/operations.ts';
import { tensorName, writeSavedModel } from '../graph/saved-model.ts';
import { Session } from '../tensorflow/session.ts';
import { failureOf, receive, send } from '../tensorflow/worker-side.ts';
import { augment } from './augment.ts';
import { numbers } from './engine.ts';
import type { PreviewReply, PreviewRequest } from './preview-plan.ts';

/** The preview process: augments pictures with a training's own augmentation, until the core closes its pipe. */

type Loaded = {
  key: string;
  session: Session;
  images: string;
  /** Null if nothing random depends on it. */
  seed: string | null;
  changed: string;
};
let loaded: Loaded | undefined;

receive((request: PreviewRequest) => {
  try {
    send(draw(request));
  } catch (error) {
    send({ ...failureOf(error), request: request.request } satisfies PreviewReply);
  }
});

function draw(request: PreviewRequest): PreviewReply {
  const { request: id, pixels, count, imageSize, seeds } = request;
  const { session, images, seed, changed } = graphOf(request);
  const fed = { dtype: 'uint8', shape: [count, imageSize, imageSize, 3], data: pixels } as const;
  const drawn = seeds.map((pair) => {
    const drawnBy = { dtype: 'int32', shape: [2], data: Int32Array.from(pair) } as const;
    const feeds = { [images]: fed, ...(seed !== null && { [seed]: drawnBy }) };
    // Rounded: the network gets fractions, which a screen can't show.
    return Uint8Array.from(Uint8ClampedArray.from(numbers(session.run(feeds, [changed])[0])));
  });
  return { kind: 'drawn', request: id, pixels: drawn };
}

/** Written again for other settings: they are constants of the graph, as in a training. */
function graphOf({ augmentation, count, imageSize }: PreviewRequest): Loaded {
  const key = JSON.stringify([augmentation, count, imageSize]);
  if (loaded?.key === key) return loaded;
  loaded?.session.close();
  loaded = undefined;
  const graph = new Graph();
  const images = placeholder(graph, 'images', 'uint8', [count, imageSize, imageSize, 3]);
  const seed = placeholder(graph, 'seed', 'int32', [2]);
  const changed = identity(augment(cast(images, 'float32'), augmentation, seed));
  const folder = mkdtempSync(path.join(tmpdir(), 'falx-preview-'));
  try {
    writeSavedModel(folder, { graph, signatures: {} });
    const drawsBySeed = graph.nodes.some(({ inputs }) => inputs.some(({ node }) => node === seed.node));
    return (loaded = {
      key,
      session: new Session(folder),
      images: tensorName(images),
      seed: drawsBySeed ? tensorName(seed) : null,
      changed: tensorName(changed),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
