import type { Tensor } from '../graph/graph.ts';
import type { Pass } from './pass.ts';

/** A backbone without its top, faithful to Keras Applications in layers, names, padding, ε and preprocessing. */
export interface Network {
  /** Channels of its last feature maps. */
  readonly channels: number;
  /** The layer that gives them. */
  readonly lastLayer: string;
  /** Whether a layer belongs to the last stage, which `unfreeze: last` trains. */
  lastStage(this: void, layer: string): boolean;
  /** float32 RGB 0…255 [n, h, w, 3] → what the pretrained weights expect. */
  preprocess(this: void, images: Tensor): Tensor;
  /** Preprocessed images [n, s, s, 3] → feature maps [n, h, w, channels]. h and w are about s/32: rounded as the paper's padding has it. */
  features(this: void, pass: Pass, images: Tensor): Tensor;
}
