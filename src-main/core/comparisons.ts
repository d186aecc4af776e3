import { FalxError } from '../contract/errors.ts';
import type { Job } from '../contract/jobs.ts';
import type { Metrics, Run } from '../contract/records.ts';
import type { JudgedImage } from '../contract/views.ts';
import { evaluateRun } from '../evaluate/handlers.ts';
import { requireModel } from '../predict/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import type { Core } from './core.ts';
import { errorData } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';

/** Lets runs judge their test part, one at a time and each once, whoever asks: memory is for one network more. */
export class Evaluator {
  readonly #home: string;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #log: Log;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ home, registry, hub, log }: { home: string; registry: Registry; hub: Hub; log: Log }) {
    this.#home = home;
    this.#registry = registry;
    this.#hub = hub;
    this.#log = log;
  }

  /**
   * The metrics of a run's test part, as stored or, the first time, worked out. Why that failed is kept with the run.
   * @throws FalxError `bad-run` without a model, `bad-split` without a test part, `cancelled`.
   */
  evaluate(runId: string, signal?: AbortSignal): Promise<Metrics> {
    const turn = this.#last.then(() => this.#stored(runId) ?? this.#judge(runId, signal));
    this.#last = turn.catch(() => undefined); // the asker hears of it
    return turn;
  }

  #stored(runId: string): Metrics | undefined {
    return this.#registry.metrics(runId, 'test')[0];
  }

  async #judge(runId: string, signal: AbortSignal | undefined): Promise<Metrics> {
    const { device } = this.#registry.preferences();
    const metrics = await evaluateRun({
      registry: this.#registry,
      home: this.#home,
      runId,
      device,
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

/**
 * Starts the evaluation of what has not been yet.
 * @throws FalxError `not-found`, or `bad-run` when one of the runs has no model: before anything is started.
 */
export function startEvaluation({ registry, jobs, training }: Core, runIds: readonly string[]): Job {
  const runs = [...new Set(runIds)].map((id) => registry.run(id));
  runs.forEach(requireModel);
  return jobs.start('compare', runs[0]!.splitId, 'runs', async ({ progress, signal }) => {
    for (const [done, run] of runs.entries()) {
      progress(done, runs.length);
      await training.evaluator.evaluate(run.id, signal);
    }
    progress(runs.length, runs.length);
    return null;
  });
}

/**
 * The test part as each run judges it.
 * @throws FalxError `bad-run` when one of them has not been evaluated.
 */
export function judgedBy(
  registry: Registry,
  runIds: readonly string[],
): { runId: string; images: JudgedImage[] }[] {
  const runs = [...new Set(runIds)].map((id) => registry.run(id));
  for (const run of runs) requireEvaluated(registry, run);
  return runs.map(({ id }) => ({ runId: id, images: registry.judgedImages(id) }));
}

function requireEvaluated(registry: Registry, run: Run): void {
  if (registry.metrics(run.id, 'test').length > 0) return;
  throw new FalxError('bad-run', `${run.id} has not been evaluated: compare it first.`, {
    why: 'runNotTested',
    run: run.id,
    status: run.status,
  });
}
