import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Predictor } from '../../src-main/inference/predictor.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { foreign } from '../../src-main/system/foreign.ts';

/*
 * npm run bench:predict -- --home HOME --scans FOLDER [--count 1000] [--rounds 3] RUN
 * How many scans a second a batch gets, from files to stored answers, and the network alone with pixels that are there: in turn, so
 * that both meet the same machine. Ratios count; rates depend on what else it does. Then the resident memory of this process.
 */

const { values, positionals } = parseArgs({
  options: {
    home: { type: 'string' },
    scans: { type: 'string' },
    count: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
  allowPositionals: true,
});
const [id] = positionals;
if (!values.home || !values.scans || !id)
  throw new Error('npm run bench:predict -- --home HOME --scans FOLDER RUN');
const registry = Registry.open(values.home);
const run = registry.runs.get(id);
const found = readdirSync(values.scans, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  .sort()
  .map((name) => path.resolve(values.scans!, name));
const count = Number(values.count);
const files = Array.from({ length: count }, (_, at) => found[at % found.length]!);
const side = run.settings.pixels.imageSize;
const batch = 16;

const rate = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (1000 * count) / (performance.now() - began);
};

async function bare(): Promise<void> {
  const predictor = await Predictor.open(run, values.home!);
  const pixels = Uint8Array.from({ length: batch * side * side * 3 }, (_, at) => at % 251);
  for (let done = 0; done < count; done += batch) await predictor.pixels(pixels, batch, { features: true });
  await predictor.close();
}

const ratios: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const alone = await rate(bare);
  const whole = await rate(() => predictFiles({ registry, home: values.home!, runId: id, files }));
  ratios.push(whole / alone);
  const memory = process.memoryUsage().rss / 2 ** 20;
  console.log(
    `round ${round + 1}: ${whole.toFixed(1)} scans/s of files, ${alone.toFixed(1)} of pixels, ratio ${(whole / alone).toFixed(2)}; ` +
      `resident ${memory.toFixed(0)} MiB; load ${loadavg()[0]!.toFixed(0)}`,
  );
}
ratios.sort((a, b) => a - b);
console.log(`median ratio ${ratios[ratios.length >> 1]!.toFixed(2)}`);
registry.close();
foreign.close();
