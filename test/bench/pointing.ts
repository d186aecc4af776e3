import path from 'node:path';
import { parseArgs } from 'node:util';
import { squareIn } from '../../src-main/images/pixels.ts';
import { pictureCalled } from '../../src-main/images/scan.ts';
import { headInside } from '../../src-main/images/head-outline.ts';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { evidenceOf, mapsOfOne, outsideHead } from '../../src-main/predict/scan-maps.ts';
import { mapMethods } from '../../src-main/contract/maps.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { enlargedMap } from '../../src-main/statistics/map-picture.ts';

/**
 * `npm run bench:pointing -- --home HOME SCAN MASK RUN…`: the pointing game (Zhang and others, 2018): on the axial slices of a
 * volume with a lesion, how often a positive-class map's maximum is on the mask. For comparison, the rates of two blind
 * strategies: any position in the head, and its centre.
 */
const { values, positionals } = parseArgs({ options: { home: { type: 'string' } }, allowPositionals: true });
const [scan, mask, ...runIds] = positionals as [string, string, ...string[]];
const home = path.resolve(values.home ?? '');
/** Minimum fraction of a slice covered by the lesion. */
const LEAST = 0.002;
/** Maximum number of slices tried. */
const MOST = 24;
const registry = Registry.open(home);

/** Slices with a lesion, with the mask's uint8 slices. */
async function* slices(pixels: Parameters<typeof squareIn>[1]) {
  let found = 0;
  for (let slice = 0; slice < 400 && found < MOST; slice += 1) {
    const frame = `axial:${slice}`;
    const lesion = await pictureCalled(`${path.resolve(mask)}#${frame}`, frame, 'file').catch(() => null);
    if (lesion === null) continue;
    const on = await squareIn(lesion, pixels);
    const set = Uint8Array.from({ length: pixels.imageSize ** 2 }, (_, at) => Number(on.pixels[3 * at]! > 0));
    const area = set.reduce((sum, one) => sum + one, 0) / set.length;
    if (area < LEAST || area > 0.3) continue;
    found += 1;
    const picture = await pictureCalled(`${path.resolve(scan)}#${frame}`, frame, 'file');
    yield { slice, set, pixels: (await squareIn(picture, pixels)).pixels };
  }
}

try {
  for (const runId of runIds) {
    const run = registry.runs.get(runId);
    const { pixels } = run.settings;
    const side = pixels.imageSize;
    const predictor = await Predictor.open(run, home);
    const hits = new Map<string, number>();
    const hit = (name: string, by: number) => hits.set(name, (hits.get(name) ?? 0) + by);
    let [count, called, outside] = [0, 0, 0];
    try {
      for await (const slice of slices(pixels)) {
        count += 1;
        const { probabilities, maps } = await predictor.pixels(slice.pixels, 1, { maps: true });
        called += Number(probabilities[0]! >= 0.5);
        const covered = await predictor.occlusion(slice.pixels);
        const seen = { maps: mapsOfOne(maps!, 0), covered };
        for (const method of mapMethods) {
          const found = evidenceOf(seen, { method, target: 'positive' })!;
          const large = enlargedMap(found.values, found, side);
          hit(method, slice.set[large.indexOf(Math.max(...large))]!);
          const cell = side / found.width;
          if (method === 'cam') outside += outsideHead(slice.pixels, side, { ...found, cell })?.share ?? 0;
        }
        const inside = headInside(slice.pixels, side);
        const places = inside ? [...inside.keys()].filter((at) => inside[at]) : [...slice.set.keys()];
        hit('any place of the head', places.reduce((sum, at) => sum + slice.set[at]!, 0) / places.length);
        const middle = (of: (at: number) => number) =>
          Math.round(places.reduce((sum, at) => sum + of(at), 0) / places.length);
        hit(
          'its middle',
          slice.set[middle((at) => Math.floor(at / side)) * side + middle((at) => at % side)]!,
        );
      }
    } finally {
      await predictor.close();
    }
    console.log(
      `${runId} (${run.network}, ${side} px): ${count} slices with a lesion, ${called} called positive`,
    );
    for (const [name, sum] of hits) console.log(`  ${name}: ${sum.toFixed(1)} of ${count}`);
    console.log(`  mean share of the class-activation map outside the head: ${(outside / count).toFixed(2)}`);
  }
} finally {
  registry.close();
}
