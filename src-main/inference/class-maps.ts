import type { ClassMaps } from '../contract/packets.ts';

/**
 * Where a network looked, in closed form. All networks here end in a global average pooling and one dense unit, so that
 * the logit of the positive class is z = b + Σ_k w_k · mean(A_k) over the last maps A_k, and ∂z/∂A_k(x, y) = w_k / n is
 * the same at each of the n places: no backward pass is needed. The negative class has the logit −z, so −w_k.
 */

/** The last feature maps of some scans, float32 [count, height, width, channels]. */
export interface LastMaps {
  count: number;
  height: number;
  width: number;
  channels: number;
  values: Float32Array;
}

/** @param weights of the dense unit, float32 [channels]. */
export function classMaps(maps: LastMaps, weights: Float32Array): ClassMaps {
  const { height, width } = maps;
  const against = weights.map((weight) => -weight);
  return {
    height,
    width,
    cam: weightedSum(maps, () => weights),
    gradcampp: { positive: gradCamPlusPlus(maps, weights), negative: gradCamPlusPlus(maps, against) },
  };
}

/**
 * Zhou, Khosla, Lapedriza, Oliva and Torralba, 2016, arXiv:1512.04150: Σ_k w_k A_k(x, y). Here Grad-CAM (Selvaraju and
 * others, 2017, arXiv:1610.02391) is its positive part, divided by the number of places.
 * @returns float32 [count, height, width].
 */
export function cam(maps: LastMaps, weights: Float32Array): Float32Array {
  return weightedSum(maps, () => weights);
}

/**
 * Chattopadhyay, Sarkar, Howlader and Balasubramanian, 2018, arXiv:1710.11063, equations 10 to 19, of exp(z). With the
 * gradient g_k = w_k / n at each place, α_k = g² / (2 g² + g³ Σ A_k) = 1 / (2 + w_k · mean(A_k)), and the weight of a
 * channel n · α_k · max(g_k, 0) = max(w_k, 0) / (2 + w_k · mean(A_k)). The factor exp(z) is left out: it is the same
 * for all places.
 * @returns float32 [count, height, width], never below 0.
 */
export function gradCamPlusPlus(maps: LastMaps, weights: Float32Array): Float32Array {
  const { height, width, channels, values } = maps;
  const places = height * width;
  const summed = weightedSum(maps, (image) => {
    const means = new Float64Array(channels);
    const from = image * places * channels;
    for (let at = 0; at < places * channels; at += 1) means[at % channels]! += values[from + at]! / places;
    return Float64Array.from(weights, (weight, k) => (weight > 0 ? weight / (2 + weight * means[k]!) : 0));
  });
  return summed.map((value) => Math.max(0, value));
}

function weightedSum(
  { count, height, width, channels, values }: LastMaps,
  weightsOf: (image: number) => ArrayLike<number>,
): Float32Array {
  const places = height * width;
  const sums = new Float32Array(count * places);
  for (let image = 0, from = 0; image < count; image += 1) {
    const weights = weightsOf(image);
    for (let place = 0; place < places; place += 1, from += channels) {
      let sum = 0;
      for (let k = 0; k < channels; k += 1) sum += weights[k]! * values[from + k]!;
      sums[image * places + place] = sum;
    }
  }
  return sums;
}
