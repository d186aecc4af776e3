import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { FalxError } from '../contract/errors.ts';
import { measureNames } from '../contract/measures.ts';
import type { Epoch, Metrics, Run } from '../contract/records.ts';
import { factsOf } from '../convert/convert-run.ts';
import { NOTICE } from '../convert/facts.ts';
import type { Registry } from '../registry/registry.ts';
import { systemReason } from '../system/system-reason.ts';
import { falxVersion } from '../version.ts';
import { exportRun } from './export-model.ts';

export type MlflowOptions = {
  registry: Registry;
  run: Run;
  /** URL of the tracking server: `http://127.0.0.1:5000`. */
  server: URL;
  experiment: string;
  /** Bearer token, if the server requires one. */
  token?: string | undefined;
  onProgress?: (done: number, of: number) => void;
};

export type Logged = { experimentId: string; runId: string; page: string; files: string[]; metrics: number };

/** Most metrics and parameters that one `log-batch` takes. */
const [METRICS, PARAMETERS] = [1000, 100];

/**
 * Logs a run to an MLflow tracking server by its REST API (2.0): curves by epoch, the test set's measures, settings as parameters,
 * the exported SavedModel with its card as artifacts. Neither scans nor file names are sent.
 * @throws FalxError `download-failed` if the server does not answer, or not as MLflow does; as `exportRun`.
 */
export async function logToMlflow(options: MlflowOptions): Promise<Logged> {
  const { registry, run, server, experiment, onProgress } = options;
  const ask = askerOf(options);
  const folder = await mkdtemp(path.join(tmpdir(), 'falx-mlflow-'));
  try {
    const model = path.join(folder, 'model');
    const { files, bytes } = await exportRun(run, model, registry);
    const experimentId = await experimentOf(ask, experiment);
    const created = await ask('POST', 'runs/create', CreatedRun, {
      experiment_id: experimentId,
      run_name: run.name ?? run.id,
      start_time: Date.parse(run.started ?? run.created),
      tags: [
        { key: 'falx.run', value: run.id },
        { key: 'falx.version', value: falxVersion() },
        { key: 'falx.notice', value: NOTICE },
        { key: 'mlflow.note.content', value: `${NOTICE}${run.notes === '' ? '' : `\n\n${run.notes}`}` },
        ...run.tags.map((tag) => ({ key: `falx.tag.${tag}`, value: 'yes' })),
      ],
    });
    const { run_id: runId, artifact_uri: artifacts } = created.run.info;
    try {
      const metrics = metricsOf(registry.epochs.list(run.id), registry.metrics.list(run.id), run);
      for (let at = 0; at < metrics.length; at += METRICS)
        await ask('POST', 'runs/log-batch', Nothing, {
          run_id: runId,
          metrics: metrics.slice(at, at + METRICS),
        });
      const parameters = parametersOf(run, registry);
      for (let at = 0; at < parameters.length; at += PARAMETERS)
        await ask('POST', 'runs/log-batch', Nothing, {
          run_id: runId,
          params: parameters.slice(at, at + PARAMETERS),
        });
      // Supported only if the server takes uploads ("mlflow-artifacts:"): other locations are known to its own machine only.
      const place = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifacts)?.[1];
      if (place === undefined)
        throw new FalxError('mlflowNoFiles', { server: server.href, place: artifacts });
      let sent = 0;
      for (const name of files) {
        const file = path.join(model, name);
        await ask.put(`${place}/model/${name}`, file);
        sent += (await stat(file)).size;
        onProgress?.(sent, bytes);
      }
      await ask('POST', 'runs/update', Nothing, {
        run_id: runId,
        status: 'FINISHED',
        end_time: Date.parse(run.ended ?? run.created),
      });
      const page = new URL(`#/experiments/${experimentId}/runs/${runId}`, server).href;
      return { experimentId, runId, page, files, metrics: metrics.length };
    } catch (error) {
      // An incomplete run would be mistaken for a complete one.
      await ask('POST', 'runs/delete', Nothing, { run_id: runId }).catch(() => undefined);
      throw error;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const Nothing = z.unknown();
const CreatedRun = z.object({
  run: z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) }),
});
const FoundExperiment = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const CreatedExperiment = z.object({ experiment_id: z.string() });

type Metric = { key: string; value: number; timestamp: number; step: number };

function metricsOf(epochs: readonly Epoch[], evaluated: readonly Metrics[], run: Run): Metric[] {
  const started = Date.parse(run.started ?? run.created);
  let seconds = 0;
  const curves = epochs.flatMap((epoch) => {
    seconds += epoch.seconds;
    const timestamp = Math.round(started + 1000 * seconds);
    const { trainLoss, trainAccuracy, validationLoss, validationAccuracy, learningRate, imagesPerSecond } =
      epoch;
    return Object.entries({
      'train/loss': trainLoss,
      'train/accuracy': trainAccuracy,
      'validation/loss': validationLoss,
      'validation/accuracy': validationAccuracy,
      learning_rate: learningRate,
      images_per_second: imagesPerSecond,
    }).flatMap(([key, value]) => (value === null ? [] : [{ key, value, timestamp, step: epoch.epoch }]));
  });
  const measures = evaluated.flatMap((metrics) =>
    measureNames.flatMap((name) => {
      const found = (metrics as Record<string, unknown>)[name];
      const value = typeof found === 'object' && found !== null && 'value' in found ? found.value : found;
      const timestamp = Date.parse(metrics.created);
      return typeof value === 'number' && Number.isFinite(value)
        ? [{ key: `${metrics.part}/${name}`, value, timestamp, step: run.bestEpoch ?? 0 }]
        : [];
    }),
  );
  return [...curves, ...measures];
}

/** Settings by their paths, and what the run was made from. */
function parametersOf(run: Run, registry: Registry): { key: string; value: string }[] {
  const flat = (value: unknown, at: string): [string, string][] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => flat(inner, at === '' ? key : `${at}.${key}`))
      : [[at, typeof value === 'string' ? value : JSON.stringify(value)]];
  const { classes, data, model } = factsOf(registry, run);
  const all = flat({ ...run.settings, classes, data, model }, '');
  // MLflow accepts 6,000 characters per value, and no empty value.
  return all.map(([key, value]) => ({ key, value: value.slice(0, 6000) || '–' }));
}

type Ask = {
  <T>(method: 'GET' | 'POST', call: string, answer: z.ZodType<T>, body: Record<string, unknown>): Promise<T>;
  put(place: string, file: string): Promise<void>;
};

function askerOf({ server, token }: MlflowOptions): Ask {
  const root = new URL(server.href.endsWith('/') ? server.href : `${server.href}/`);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = async (url: URL, how: RequestInit): Promise<Response> => {
    const answer = await fetch(url, {
      ...how,
      headers: { ...headers, ...how.headers },
      redirect: 'error',
    }).catch((cause: unknown) => {
      const inner = (cause as Error).cause ?? cause;
      throw new FalxError(
        'mlflowNotReached',
        { server: server.href, reason: systemReason(inner) },
        { cause },
      );
    });
    if (answer.ok) return answer;
    const said = (await answer.text()).slice(0, 300);
    throw new FalxError('mlflowRefused', {
      server: server.href,
      status: answer.status,
      detail: { from: 'mlflow', text: said },
    });
  };
  const ask = async <T>(
    method: 'GET' | 'POST',
    call: string,
    schema: z.ZodType<T>,
    body: Record<string, unknown>,
  ): Promise<T> => {
    const url = new URL(`api/2.0/mlflow/${call}`, root);
    if (method === 'GET')
      for (const [key, value] of Object.entries(body)) url.searchParams.set(key, String(value));
    const answer = await send(url, {
      method,
      ...(method === 'POST' && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const read = schema.safeParse(await answer.json().catch(() => null));
    if (read.success) return read.data;
    throw new FalxError('mlflowOther', { server: server.href });
  };
  const put = async (place: string, file: string) => {
    const names = place.split('/').map(encodeURIComponent).join('/');
    await send(new URL(`api/2.0/mlflow-artifacts/artifacts/${names}`, root), {
      method: 'PUT',
      body: Readable.toWeb(createReadStream(file)) as unknown as NonNullable<RequestInit['body']>,
      headers: { 'content-type': 'application/octet-stream' },
      duplex: 'half',
    } as RequestInit);
  };
  return Object.assign(ask, { put });
}

async function experimentOf(ask: Ask, name: string): Promise<string> {
  try {
    const { experiment } = await ask('GET', 'experiments/get-by-name', FoundExperiment, {
      experiment_name: name,
    });
    return experiment.experiment_id;
  } catch (error) {
    if (!(error instanceof FalxError && error.facts['status'] === 404)) throw error;
  }
  return (await ask('POST', 'experiments/create', CreatedExperiment, { name })).experiment_id;
}
