import { z } from 'zod';
import { error } from '../entry.ts';
import { choice, detail, fact, message, number, optional, text } from '../parameters.ts';

/** Refusals of the core itself: jobs, uploads, pictures, work in progress. */
export const core = {
  /** Requests on a run, dataset or device that can't be met now. */
  runNoModel: error('bad-run', { run: text, status: text }),
  runRemoved: error('bad-run', { run: text }),
  runInTraining: error('bad-run', { run: text }),
  runNotTrained: error('bad-run', { run: text, status: text }),
  runTrainedElsewhere: error('bad-run', { run: text, status: fact(z.string()) }),
  runNotTested: error('bad-run', { run: text, status: fact(z.string()) }),
  deviceNotTraining: error('not-found', { device: text }),
  datasetBusy: error('bad-usage', { dataset: fact(z.string()), name: text }),
  importUnderWay: error('bad-usage', { folder: text }),
  samplesNotWritten: error('disk', { folder: text, reason: message }),
  restoreAtWork: error('bad-usage', {}),
  trialNoResult: error('not-found', { job: text, state: text }),
  /** @param by the option or variable. */
  homeFixed: error('bad-usage', { by: text }),
  falxCloses: error('cancelled', { run: optional(fact(z.string())) }),
  jobGone: error('not-found', { kind: fact(z.literal('job')), id: text }),
  componentGone: error('not-found', { name: text, version: text }),
  falxLogNotWritten: error('disk', { file: text, reason: message }),
  logNotRead: error('disk', { file: text, reason: message }),
  /** Requests of a page by URL. */
  pictureNotWanted: error('cancelled', {}),
  /** @param file name of the file, or what else the picture shows. */
  pictureGone: error('not-found', { kind: fact(z.literal('picture')), sha256: fact(z.string()), file: text }),
  pictureSide: error('bad-usage', { side: fact(z.string().nullable()) }),
  pictureAddress: error('bad-usage', { asked: fact(z.string()) }),
  /** @param call of the API. @param detail invalid parameters, in the schema's words. */
  callRefused: error('bad-usage', { call: text, what: fact(z.array(z.string())), detail }),
  uploadGone: error('not-found', { kind: fact(z.literal('upload')), id: fact(z.string()) }),
  uploadName: error('bad-usage', {
    file: text,
    problem: choice('name', 'upload', 'path', 'device', 'windows', 'tooLong', 'notFolder'),
  }),
  uploadOutOfTurn: error('bad-usage', {
    file: text,
    from: fact(z.number()),
    to: fact(z.number()),
    total: fact(z.number()),
  }),
  uploadLength: error('bad-usage', { what: choice('more', 'fewer'), bytes: number }),
  uploadBrokenOff: error('cancelled', { name: text, file: fact(z.string()) }),
  uploadNotWritten: error('disk', { file: text, reason: message }),
  uploadNamesMeet: error('bad-usage', { file: text }),
  pieceUnknown: error('bad-usage', { range: text }),
  nameNotEncoded: error('bad-usage', { file: text }),
} as const;
