import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Run } from '../../src-main/contract/records.ts';
import { Predictor, warmUp } from '../../src-main/inference/predictor.ts';
import { predictFiles } from '../../src-main/predict/predict-handlers.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import { foreign } from '../../src-main/system/foreign.ts';

/*
 * npm run bench:predict -- --home HOME --scans FOLDER [--count 1000] [--rounds 3] RUN…
 * Scans per second of a batch, from files to stored answers of all named runs, and of the networks alone, one after another, with
 * pixels in memory: alternately, so that both run under the same conditions. Both load the networks, and both figures are printed.
 * Only ratios are meaningful; rates depend on the machine's load. On Linux also the processor time of all processes, which is more
 * reliable on a busy machine. Then the resident memory of this process.
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
if (!values.home || !values.scans || positionals.length === 0)
  throw new Error('npm run bench:predict -- --home HOME --scans FOLDER RUN…');
const { home, scans } = values;
const registry = Registry.open(home);
const runs = positionals.map((id) => registry.runs.get(id));
const found = readdirSync(scans, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name))
  .sort()
  .map((name) => path.resolve(scans, name));
const count = Number(values.count);
const files = Array.from({ length: count }, (_, at) => found[at % found.length]!);
const batch = 16;

/** Processor seconds of a process and its ended and running children. */
function processorSeconds(pid = process.pid): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + processorSeconds(Number(child)), own);
  } catch {
    return 0; // another system, or it has ended
  }
}

type Taken = { clock: number; processors: number };

/** Milliseconds per scan, of wall-clock and processor time. */
async function taken(work: () => Promise<unknown>): Promise<Taken> {
  const [began, before] = [performance.now(), processorSeconds()];
  await work();
  const processors = (1000 * (processorSeconds() - before)) / count;
  return { clock: (performance.now() - began) / count, processors };
}

/** A network alone: its answers only, and with its loading. */
async function bare(run: Run): Promise<{ answers: Taken; all: Taken }> {
  let answers: Taken = { clock: 0, processors: 0 };
  const all = await taken(async () => {
    const side = run.settings.pixels.imageSize;
    const predictor = await Predictor.open(run, home);
    await warmUp(predictor);
    const pixels = Uint8Array.from({ length: batch * side * side * 3 }, (_, at) => at % 251);
    answers = await taken(async () => {
      for (let done = 0; done < count; done += batch) {
        const some = Math.min(batch, count - done);
        await predictor.pixels(pixels.subarray(0, some * side * side * 3), some, { features: true });
      }
    });
    await predictor.close();
  });
  return { answers, all };
}

const sum = (all: readonly Taken[], of: keyof Taken) => all.reduce((total, one) => total + one[of], 0);
const perSecond = (milliseconds: number) => (1000 / milliseconds).toFixed(1);
const ratios: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const alone: { answers: Taken; all: Taken }[] = [];
  for (const run of runs) alone.push(await bare(run));
  const [all, answers] = [alone.map((one) => one.all), alone.map((one) => one.answers)];
  const whole = await taken(() => predictFiles({ registry, home, runs, files }));
  ratios.push(sum(all, 'clock') / whole.clock);
  const ratio = (of: keyof Taken, side: readonly Taken[]) => (sum(side, of) / whole[of]).toFixed(2);
  const told = [
    `round ${round + 1}: ${perSecond(whole.clock)} scans/s of files, ${perSecond(sum(all, 'clock'))} of pixels, ratio ${ratio('clock', all)}`,
    `without the networks' loading ${perSecond(sum(answers, 'clock'))}, ${ratio('clock', answers)}`,
    `processors ${whole.processors.toFixed(1)} ms a scan and ${sum(all, 'processors').toFixed(1)}, ratio ${ratio('processors', all)}`,
    `resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
    `load ${loadavg()[0]!.toFixed(0)}`,
  ];
  console.log(told.join('; '));
}
ratios.sort((a, b) => a - b);
console.log(`median ratio ${ratios[ratios.length >> 1]!.toFixed(2)}`);
registry.close();
foreign.close();
