import { FalxError } from '../contract/errors.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Job } from '../contract/jobs.ts';
import type { Metrics, Run } from '../contract/records.ts';
import type { EvaluatedImage } from '../contract/views.ts';
import { evidenceOf } from '../compare/compare-handlers.ts';
import { evaluateRun } from '../evaluate/evaluate-handlers.ts';
import { requireModel } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import { errorData } from './error-data.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import type { RunDevice } from '../train/device-pool.ts';
import type { Hub } from './hub.ts';
import type { Jobs, JobWork } from './job-runner.ts';
import type { Log } from './log.ts';

/**
 * Evaluates runs on their test set, one at a time on each device and each once, whoever requests it: memory suffices for one more
 * network.
 */
export class Evaluator {
  readonly #home: string;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #log: Log;
  readonly #device: () => Promise<DeviceChoice>;
  readonly #work: typeof evaluateRun;
  /** Device → the last evaluation requested there. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Run → its evaluation in progress. */
  readonly #evaluating = new Map<string, Promise<Metrics>>();

  /** @param device to evaluate on by default. @param work in place of the evaluation. */
  constructor({
    home,
    registry,
    hub,
    log,
    device,
    work = evaluateRun,
  }: {
    home: string;
    registry: Registry;
    hub: Hub;
    log: Log;
    device: () => Promise<DeviceChoice>;
    work?: typeof evaluateRun;
  }) {
    this.#work = work;
    this.#device = device;
    this.#home = home;
    this.#registry = registry;
    this.#hub = hub;
    this.#log = log;
  }

  /**
   * The metrics of a run's test set, stored or, the first time, computed. A failure is stored with the run.
   * @param device left out, the prediction device of the settings.
   * @param options.again even if metrics are stored.
   * @throws FalxError `bad-run` without a model, `bad-split` without a test set, `cancelled`.
   */
  evaluate(
    runId: string,
    signal?: AbortSignal,
    device?: RunDevice,
    { again = false }: { again?: boolean } = {},
  ): Promise<Metrics> {
    // Those without a device run one at a time as well: the device is chosen when it is their turn.
    const place = device?.id ?? 'any';
    const before = this.#last.get(place) ?? Promise.resolve();
    const turn = unlessAborted(before, signal, runId).then(async () => {
      // It may have been requested elsewhere for another device, and be cancelled.
      for (let other = this.#evaluating.get(runId); other; other = this.#evaluating.get(runId))
        await other.catch(() => undefined);
      const stored = again ? undefined : this.#stored(runId);
      if (stored) return stored;
      const evaluating = this.#evaluate(
        runId,
        signal,
        device ?? { choice: await this.#device(), threads: null },
      );
      this.#evaluating.set(runId, evaluating);
      return evaluating.finally(() => this.#evaluating.delete(runId));
    });
    this.#last.set(
      place,
      // A waiting evaluation that was cancelled has not freed the device. Its caller gets the error.
      Promise.allSettled([before, turn]),
    );
    return turn;
  }

  #stored(runId: string): Metrics | undefined {
    return this.#registry.metrics.list(runId, 'test')[0];
  }

  async #evaluate(
    runId: string,
    signal: AbortSignal | undefined,
    { choice, threads }: Pick<RunDevice, 'choice' | 'threads'>,
  ): Promise<Metrics> {
    const metrics = await this.#work({
      registry: this.#registry,
      home: this.#home,
      runId,
      device: choice,
      threads,
      signal,
    }).catch((error: unknown) => {
      this.#keepFailure(runId, error);
      throw error;
    });
    this.#hub.changed('metrics');
    this.#hub.changed('runs'); // a run is shown with its metrics
    return metrics;
  }

  #keepFailure(runId: string, error: unknown): void {
    if (error instanceof FalxError && error.code === 'cancelled') return;
    this.#registry.evaluationErrors.put(runId, errorData(error, this.#log, { run: runId }));
    this.#hub.changed('runs');
  }
}

/** Awaits a promise unless aborted first. @throws FalxError `cancelled` */
function unlessAborted(
  waited: Promise<unknown>,
  signal: AbortSignal | undefined,
  run: string,
): Promise<unknown> {
  if (!signal) return waited;
  const aborted = Promise.withResolvers<never>();
  const breakOff = () => aborted.reject(new FalxError('askingCancelled', { run }));
  if (signal.aborted) breakOff();
  signal.addEventListener('abort', breakOff, { once: true });
  return Promise.race([waited, aborted.promise]).finally(() => signal.removeEventListener('abort', breakOff));
}

/**
 * Starts the evaluation of runs not evaluated yet.
 * @throws FalxError `not-found`, or `bad-run` if one of the runs has no model: before anything is started.
 */
export function startEvaluation(
  {
    registry,
    jobs,
    training,
  }: { registry: Registry; jobs: Jobs; training: { readonly evaluator: Pick<Evaluator, 'evaluate'> } },
  runIds: readonly string[],
  again = false,
): Job {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  runs.forEach(requireModel);
  const evaluateAll: JobWork = async ({ progress, signal }) => {
    for (const [done, run] of runs.entries()) {
      progress(done, runs.length);
      await training.evaluator.evaluate(run.id, signal, undefined, { again });
    }
    progress(runs.length, runs.length);
    return null;
  };
  return jobs.start('compare', runs[0]!.splitId, 'runs', evaluateAll, runIds);
}

/** The test set as each run evaluates it. @throws FalxError `bad-run` if one of them has not been evaluated. */
export function testPredictionsBy(
  registry: Registry,
  runIds: readonly string[],
): { runId: string; images: EvaluatedImage[] }[] {
  return evaluatedRuns(registry, runIds).map(({ id }) => ({
    runId: id,
    images: registry.testPredictions.withImages(id),
  }));
}

/**
 * The runs' performance on their test set, with intervals, and whether they differ.
 * @throws FalxError `bad-run` if one has not been evaluated, or their test sets differ.
 */
export function evidenceBy(
  registry: Registry,
  runIds: readonly string[],
  signal?: AbortSignal,
): Promise<Evidence> {
  evaluatedRuns(registry, runIds);
  return evidenceOf(registry, runIds, { signal });
}

/** Each once. @throws FalxError `not-found`; `bad-run` for a run that has not been evaluated. */
export function evaluatedRuns(registry: Registry, runIds: readonly string[]): Run[] {
  const runs = [...new Set(runIds)].map((id) => registry.runs.get(id));
  for (const { id, status } of runs)
    if (registry.metrics.list(id, 'test').length === 0)
      throw new FalxError('runNotTested', { run: id, status });
  return runs;
}
