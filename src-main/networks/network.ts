import type { Tensor } from '../graph/graph.ts';
import type { Pass } from './pass.ts';

/** ImageNet's mean colour and its standard deviation, of 0…1, as PyTorch's networks have it: · scale + offset of 0…255. */
export const torchRescaling = (() => {
  const [means, deviations] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  return {
    scale: deviations.map((deviation) => 1 / (255 * deviation)),
    offset: means.map((mean, i) => -mean / deviations[i]!),
  };
})();

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
  /** `preprocess` as Keras's layers have it, for exports: channels turned round for `bgr`, then · scale + offset. */
  readonly rescaling: {
    readonly bgr?: boolean;
    readonly scale: number | readonly number[];
    readonly offset: number | readonly number[];
  };
  /** Other widths that Keras Applications has of it (its `alpha`), in which models are imported; left out where there are none. */
  readonly otherWidths?: {
    readonly known: readonly number[];
    of(this: void, width: number): Network;
  };
  /** Preprocessed images [n, s, s, 3] → feature maps [n, h, w, channels]. h and w are about s/32: rounded as the paper's padding has it. */
  features(this: void, pass: Pass, images: Tensor): Tensor;
}
