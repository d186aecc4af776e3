import type { Tensor } from '../graph/graph.ts';
import type { Pass } from './pass.ts';

/** ImageNet's mean colour and standard deviation, for 0…1, as in PyTorch's networks: · scale + offset of 0…255. */
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
  /** The layer whose output they are. */
  readonly lastLayer: string;
  /** Whether a layer belongs to the last stage, which `unfreeze: last` trains. */
  lastStage(this: void, layer: string): boolean;
  /** float32 RGB 0…255 [n, h, w, 3] → the input that the pretrained weights expect. */
  preprocess(this: void, images: Tensor): Tensor;
  /** `preprocess` as Keras layers, for exports: channels reversed for `bgr`, then · scale + offset. */
  readonly rescaling: {
    readonly bgr?: boolean;
    readonly scale: number | readonly number[];
    readonly offset: number | readonly number[];
  };
  /** Other widths in Keras Applications (its `alpha`), in which models are imported; left out if there are none. */
  readonly otherWidths?: {
    readonly known: readonly number[];
    of(this: void, width: number): Network;
  };
  /**
   * Preprocessed images [n, s, s, 3] → feature maps [n, h, w, channels]. h and w are about s/32, rounded according to the paper's
   * padding.
   */
  features(this: void, pass: Pass, images: Tensor): Tensor;
}
