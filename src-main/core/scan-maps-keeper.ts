import { FalxError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { MapMethod, MapTarget, MapView } from '../contract/maps.ts';
import type { Run } from '../contract/records.ts';
import { preprocessFile } from '../predict/preprocess-file.ts';
import { knownTests, testMaps } from '../predict/map-test.ts';
import { viewOfMap, type MappedScan } from '../predict/scan-maps.ts';
import type { Predictor } from '../inference/predictor.ts';
import { occlusionPlan } from '../inference/occlusion.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import type { Registry } from '../registry/registry.ts';
import type { Jobs, JobWork } from './job-runner.ts';
import type { PredictorPool } from './predictors.ts';

/** Number of scans whose maps are kept: a few for each of several networks, 150 kB each at 224 px. */
const KEPT = 96;

/** Most scans predicted at once for which maps are kept; nobody looks at each of more. */
export const MOST_SEEN = 16;

type Asked = { file: string; sha256: string };
type Parts = {
  home: string;
  registry: Registry;
  jobs: Jobs;
  predictors: PredictorPool;
  device: () => Promise<DeviceChoice>;
};

/** Maps of the newest scans: a by-product of their predictions, available on request. */
export class ScanMaps {
  readonly #parts: Parts;
  readonly #seen = new Map<string, MappedScan>();
  /** In progress, so that two windows wait for the same. */
  readonly #making = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  keep(run: Run, seen: MappedScan): void {
    const key = keyOf(run, seen);
    const covered = this.#seen.get(key)?.covered ?? seen.covered;
    this.#seen.delete(key);
    this.#seen.set(key, { ...seen, covered });
    for (const old of [...this.#seen.keys()].slice(0, -KEPT)) this.#seen.delete(old);
  }

  /** @throws FalxError `not-found` for a slow map that was not made, or if the scan has changed. */
  async view(
    run: Run,
    { file, sha256, method, target }: Asked & { method: MapMethod; target: MapTarget },
  ): Promise<MapView> {
    const { seen, classes } = await this.#use(run, async (predictor) => ({
      seen: await this.#see(run, predictor, { file, sha256 }),
      classes: predictor.network.classes,
    }));
    const tests = await knownTests(this.#parts.home, run);
    const test = tests.find((one) => one.method === method) ?? null;
    const view = viewOfMap(run, { ...seen, file }, { method, target }, classes, test);
    if (!view) throw new FalxError('mapNotMade', { run: run.id, file });
    return view;
  }

  /** Makes what takes long: the map itself if it is a slow one, and the method's test for this run. */
  prepare(run: Run, { file, sha256, method }: Asked & { method: MapMethod }): Job {
    const { jobs, home, registry, device } = this.#parts;
    const name = [run.id, method, method === 'occlusion' ? sha256 : ''].join('\n');
    const running = this.#making.get(name);
    if (running !== undefined && jobs.job(running).state === 'running') return jobs.job(running);
    const make: JobWork = async ({ progress, signal }) => {
      const occlusion = method === 'occlusion';
      let before = 0;
      const windows = occlusion ? occlusionPlan(run.settings.pixels.imageSize).places ** 2 : 0;
      if (occlusion)
        await this.#use(run, async (predictor) => {
          const seen = await this.#see(run, predictor, { file, sha256 });
          const covered =
            seen.covered ?? (await predictor.occlusion(seen.pixels, (done) => progress(done, windows)));
          this.keep(run, { ...seen, covered });
          before = windows;
        });
      signal.throwIfAborted();
      const known = await knownTests(home, run);
      if (!known.some((test) => test.method === method))
        await testMaps({
          registry,
          home,
          run,
          occlusion,
          device: await device(),
          signal,
          onProgress: (done, of) => progress(before + done, before + of),
        });
      return run.id;
    };
    const job = jobs.start('maps', run.id, 'steps', make, [run.id]);
    this.#making.set(name, job.id);
    return job;
  }

  async #see(run: Run, predictor: Predictor, asked: Asked): Promise<MappedScan> {
    const known = this.#seen.get(keyOf(run, asked));
    if (known) return known;
    const seen = await preprocessFile(this.#parts.registry, run, predictor, asked);
    this.keep(run, seen);
    return seen;
  }

  async #use<T>(run: Run, work: (predictor: Predictor) => Promise<T>): Promise<T> {
    const { predictors, device } = this.#parts;
    return predictors.use(run, await device(), work);
  }
}

const keyOf = (run: Run, { sha256 }: Pick<MappedScan, 'sha256'>): string => `${run.id}\n${sha256}`;
