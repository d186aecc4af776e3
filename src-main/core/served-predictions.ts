import { rm } from 'node:fs/promises';
import type { ReadableStream } from 'node:stream/web';
import pLimit from 'p-limit';
import { FalxError } from '../contract/errors.ts';
import type { Run } from '../contract/records.ts';
import { requireModel } from '../inference/predictor.ts';
import { answersDocument } from '../predict/answers-document.ts';
import { predictScans } from '../predict/predict-handlers.ts';
import { runsToPredict } from './runs-to-predict.ts';
import type { Core } from './core.ts';
import { failure, json, refusal } from './error-response.ts';
import { predictOpenApi } from './predict-openapi.ts';
import { newUpload, receive } from './uploads.ts';

/** Scans whose pixels are held at a time, and those that may wait: further senders are told to retry later. */
const AT_ONCE = 8;
const MOST_WAITING = 256;

export type Served = {
  core: Pick<Core, 'home' | 'registry' | 'predictors' | 'devices' | 'training' | 'log' | 'hub'>;
  /** The first one first. */
  runs: readonly [Run, ...Run[]];
  errorRate?: number | undefined;
};

/**
 * Predicts scans that programs send: `POST /predict?name=` with a file's bytes returns what `falx predict --json` prints, `GET
 * /openapi.json` describes it. A scan is in the home's uploads while it is read, and is then removed.
 * @throws FalxError `bad-run` if one of the runs has no model.
 */
export function servedPredictions({
  core,
  runs,
  errorRate,
}: Served): (request: Request) => Promise<Response> {
  runs.forEach(requireModel);
  const limit = pLimit(AT_ONCE);
  const openApi = predictOpenApi(runs);
  /** Including those still being sent: many slow senders count as many scans. */
  let taken = 0;
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    try {
      if (pathname === '/openapi.json') return request.method === 'GET' ? json(openApi, 200) : onlyBy('GET');
      if (pathname !== '/predict') throw new FalxError('servedAddress', {});
      if (request.method !== 'POST') return onlyBy('POST');
      if (taken >= AT_ONCE + MOST_WAITING)
        return refusal(new FalxError('servedBusy', { waiting: taken }), 503, {
          'retry-after': '1',
          connection: 'close',
        });
      taken += 1;
      let folder: string | undefined;
      try {
        const upload = await newUpload(core.home, 'answer');
        const within = (folder = upload.folder);
        const file = await received(core.home, upload.uploadId, request, searchParams.get('name') ?? 'scan');
        // A client that has disconnected needs no answer.
        const predictions = await limit(() => (request.signal.aborted ? [] : answers(file, within)));
        const unread = predictions.every(({ error }) => error !== null);
        return json(answersDocument(runs, predictions), unread ? 422 : 200);
      } finally {
        taken -= 1;
        if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      }
    } catch (error) {
      return failure(error, core, pathname);
    }
  };

  async function answers(file: string, within: string) {
    const { registry, hub } = core;
    const { asked } = await runsToPredict(core, runs);
    const predictions = await predictScans({
      registry,
      files: [file],
      within,
      ...asked,
      errorRate: errorRate ?? asked.errorRate,
    });
    hub.changed('predictions');
    return predictions;
  }
}

async function received(home: string, uploadId: string, request: Request, name: string): Promise<string> {
  const length = request.headers.get('content-length');
  if (request.body === null || length === '0') throw new FalxError('servedNothing', {});
  const file = await receive({
    home,
    uploadId,
    parts: [name],
    body: request.body as ReadableStream<Uint8Array>,
    bytes: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null,
    piece: null,
    signal: request.signal,
  });
  return file!; // sent in one piece
}

const onlyBy = (method: 'GET' | 'POST') =>
  refusal(new FalxError('servedMethod', { method }), 405, { allow: method });
