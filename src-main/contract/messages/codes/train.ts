import { z } from 'zod';
import { error, note } from '../entry.ts';
import {
  choice,
  detail,
  fact,
  message,
  names,
  network,
  number,
  optional,
  seconds,
  text,
} from '../parameters.ts';

/** Training: its settings, progress and end. */
export const train = {
  settingTooLarge: error('bad-usage', { setting: text, most: text, value: text, limit: text }),
  settingFromScratch: error('bad-usage', { setting: text, needed: text, value: text }),
  /** @param detail the schema's own words, if it is not a limit. */
  settingInvalid: error('bad-usage', {
    setting: text,
    value: text,
    must: choice('other', 'atLeast', 'moreThan', 'atMost', 'lessThan'),
    limit: text,
    detail: optional(detail),
  }),
  /** @param name `none` if the device has none. */
  noBfloat16: error('bad-usage', { setting: fact(z.string()), device: choice('gpu', 'cpu'), name: text }),
  datasetOneClass: error('bad-dataset', { name: text, dataset: fact(z.string()) }),
  datasetRemoved: error('bad-split', { name: text, split: text, dataset: fact(z.string()) }),
  splitRemoved: error('bad-split', { split: text }),
  trainPartNoClass: error('bad-split', { split: text, name: text }),
  weightsOneNetwork: error('bad-usage', { file: text, count: number, networks: fact(z.array(z.string())) }),
  /** @param networkName as typed. */
  weightsNotStored: error('weights-missing', { network, networkName: text }),
  weightsFolded: error('bad-weights', { file: text }),
  weightsChanged: error('bad-weights', { file: text }),
  runNotResumable: error('bad-run', { run: text, status: text }),
  runGone: error('bad-run', { run: text, status: fact(z.string()) }),

  deviceNoGpu: error('not-found', { devices: fact(z.string()), reason: message }),
  deviceDoctorKnows: note({}),
  deviceSlots: error('bad-usage', { devices: fact(z.string()), typed: text, most: number }),
  deviceUnknown: error('bad-usage', { devices: fact(z.string()), typed: text }),
  deviceSeveral: error('not-found', { devices: fact(z.string()), typed: text, count: number }),
  deviceMissing: error('not-found', { devices: fact(z.string()), typed: text }),
  deviceUnusable: error('not-found', { devices: fact(z.string()), name: text, reason: message }),
  gpuGone: error('not-found', { name: text, uuid: optional(fact(z.string())) }),
  tensorflowMissing: error('tensorflow-missing', {}),
  deviceNoTensorflow: note({}),
  deviceGpuInstead: note({}),
  gpuNotUsed: error('worker-failed', { gpu: text, run: text }),

  /** Without `normalised`: it has batch normalisation. */
  runFromScratch: note({ network, normalised: optional(choice('yes', 'no')) }),
  /** @param epoch after which training continues; 0: from the beginning. */
  checkpointLeft: note({ files: names, epoch: number }),
  trainsOnProcessor: note({ reason: message }),
  trainingWaitsForRoom: note({ run: text, folder: text }),
  /** Its records can't be written yet; the training itself continues. */
  runKeptLater: note({ run: text, folder: text }),
  runKeptNow: note({ run: text, folder: fact(z.string()) }),
  runEndKeptLater: note({ run: text, seconds: number, reason: message }),
  trainingGoesOn: note({ run: text, folder: fact(z.string()) }),

  /** @param fits the batch size that does; 0: none. @param detail TensorFlow's own words. */
  batchMemory: error('out-of-memory', { batch: number, fits: number, detail: optional(detail) }),
  pixelsUnreadable: error('unreadable-file', { file: text, reason: message }),
  pixelsRowMissing: note({ row: number }),
  lossNotNumber: error('worker-failed', { run: text, epoch: number, rate: number }),
  epochNotNumber: error('bad-run', { run: text, epoch: number }),
  checkpointDamaged: error('disk', { file: text }),
  checkpointNotWritten: error('disk', { file: text, reason: message }),
  modelDamaged: error('bad-run', { file: text }),
  runFolderHeld: error('disk', { run: text, folder: text }),
  trainerSilent: error('worker-failed', { run: text, seconds, log: text }),
  trialCancelled: error('cancelled', { network }),
  runNoEpoch: error('cancelled', { run: text }),

  /** Why a run did not finish, as its record says; earlier versions of Falx did not record the run's id there. */
  runNotBegun: note({ run: optional(text) }),
  runBrokenOff: note({ run: optional(text) }),
  runAbandoned: note({ run: optional(text) }),
  runNotKept: note({ run: optional(text) }),
  runTakenOut: note({}),
} as const;
