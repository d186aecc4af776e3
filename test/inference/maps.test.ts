import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { networkNames } from '../../src-main/contract/networks.ts';
import { Graph, input } from '../../src-main/graph/graph.ts';
import { placeholder } from '../../src-main/graph/operations.ts';
import { classMaps, type LastMaps } from '../../src-main/inference/class-maps.ts';
import { cover, meanColour, occlusionMap, occlusionPlan } from '../../src-main/inference/occlusion.ts';
import { networks } from '../../src-main/networks/index.ts';
import { Parameters } from '../../src-main/networks/parameters.ts';
import { Pass } from '../../src-main/networks/pass.ts';
import { rankCorrelation } from '../../src-main/statistics/rank-correlation.ts';

type Head = {
  name: string;
  shape: [number, number, number, number];
  maps: number[];
  weights: number[];
  bias: number;
  logits: number[];
  gradCam: number[][];
  gradCamPlusPlus: Record<'positive' | 'negative' | 'positiveScaled' | 'negativeScaled', number[][]>;
};
const golden = JSON.parse(readFileSync(new URL('../goldens/maps.json', import.meta.url), 'utf8')) as {
  heads: Head[];
  occlusion: { side: number; step: number; pixels: number[]; map: number[] }[];
  ranks: { a: number[]; b: number[]; rho: number }[];
};

const expectNear = (found: ArrayLike<number>, wanted: readonly number[], digits: number) => {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, digits));
};

describe.each(golden.heads)('where a network looked, of $name maps:', (head) => {
  const [count, height, width, channels] = head.shape;
  const places = height * width;
  const last: LastMaps = { count, height, width, channels, values: Float32Array.from(head.maps) };
  const maps = classMaps(last, Float32Array.from(head.weights));
  const of = (values: Float32Array, image: number) => values.subarray(image * places, (image + 1) * places);

  it('class-activation maps are Captum’s Grad-CAM before it cuts off what is below 0', () => {
    // Captum uses the mean gradient, which is the weight divided by the number of positions.
    head.gradCam.forEach((map, image) =>
      expectNear(
        of(maps.cam, image).map((v) => v / places),
        map,
        5,
      ),
    );
  });

  it('their mean and the bias are the logit PyTorch computed', () => {
    head.logits.forEach((logit, image) => {
      const mean = of(maps.cam, image).reduce((sum, value) => sum + value / places, 0);
      expect(mean + head.bias).toBeCloseTo(logit, 5);
    });
  });

  it.each(['positive', 'negative'] as const)(
    'Grad-CAM++ of the %s class is that of PyTorch’s third derivatives, and pytorch-grad-cam’s',
    (target) => {
      const found = maps.gradcampp[target];
      head.gradCamPlusPlus[target].forEach((map, image) => expectNear(of(found, image), map, 4));
      head.gradCamPlusPlus[`${target}Scaled`].forEach((map, image) => {
        const one = of(found, image);
        const [least, most] = [Math.min(...one), Math.max(...one)];
        const scaled = one.map((value) => (value - least) / (most - least));
        expectNear(scaled, map, 3);
      });
    },
  );
});

describe.each(golden.occlusion)('covering parts of a picture of $side px', ({ side, step, pixels, map }) => {
  it('falls as Captum’s occlusion does', () => {
    const plan = occlusionPlan(side, Math.round(side / (2 * step)));
    expect(plan).toMatchObject({ side, step, window: 2 * step });
    const picture = Uint8Array.from(pixels);
    const whole = formula(picture, side);
    const into = new Uint8Array(picture.length);
    const drops = Array.from({ length: plan.places ** 2 }, (_, place) => {
      cover(picture, meanColour(picture), plan, place, into);
      return whole - formula(into, side);
    });
    const found = occlusionMap(drops, plan);
    // A cell of Falx is step × step pixels of Captum's.
    for (let y = 0; y < side; y += 1)
      for (let x = 0; x < side; x += 1) {
        const cell = Math.floor(y / step) * plan.cells + Math.floor(x / step);
        expect(found[cell]).toBeCloseTo(map[y * side + x]!, 4);
      }
  });
});

/** As in `maps.py`, whose pictures have their channels first. */
function formula(pixels: Uint8Array, side: number): number {
  let sum = 0;
  for (let channel = 0, i = 0; channel < 3; channel += 1)
    for (let place = 0; place < side * side; place += 1, i += 1)
      sum += Math.sin(0.1 * i) * Math.tanh(pixels[place * 3 + channel]! / 100);
  return sum;
}

test.each(golden.ranks)('ranks correlate as SciPy says: $rho', ({ a, b, rho }) => {
  expect(rankCorrelation(a, b)).toBeCloseTo(rho, 10);
});

test('nothing correlates with what is the same everywhere', () => {
  expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBe(0);
});

test.each(networkNames)('the last layer of %s is what the global average pooling takes', (name) => {
  const graph = new Graph();
  const pass = new Pass(new Parameters(graph), { batchNorm: 'inference', trains: () => false });
  const maps = networks[name].features(pass, placeholder(graph, 'images', 'float32', [1, 64, 64, 3]));
  const pooled = pass.globalAveragePool('avg_pool', maps);
  expect(input(pooled.node, 0).node.name).toBe(networks[name].lastLayer);
});
