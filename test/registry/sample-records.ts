import { defaultSettings } from '../../src-main/contract/settings.ts';
import type { Dataset, Epoch, Metrics, Run, Split } from '../../src-main/contract/records.ts';
import type { NewImage } from '../../src-main/registry/registry.ts';

/** Complete, valid records to build registry tests from. */
const created = '2026-01-02T03:04:05.678Z';
const hash = (digit: string) => digit.repeat(64);

export const dataset = (id: string, name = id): Dataset => ({
  id,
  name,
  folder: '/scans',
  created,
  classes: ['Healthy', 'Brain Tumor'],
  positive: 'Brain Tumor',
  hash: hash('a'),
  removed: null,
});

export const image = (file: string, className = 'Healthy'): NewImage => ({
  file,
  className,
  sha256: hash('b'),
  bytes: 12_345,
  format: 'jpeg',
  width: 512,
  height: 480,
  givenPart: null,
  frame: null,
  patient: null,
  facts: null,
});

export const split = (id: string, datasetId: string): Split => ({
  id,
  datasetId,
  created,
  method: 'stratified',
  seed: 7,
  testFraction: 0.2,
  validationFraction: 0.1,
  hash: hash('c'),
  certificate: null,
  fold: null,
  removed: null,
});

export const run = (id: string, splitId: string): Run => ({
  id,
  splitId,
  network: 'mobilenetv2',
  status: 'queued',
  settings: defaultSettings('mobilenetv2', false, 96),
  datasetHash: hash('a'),
  splitHash: hash('c'),
  folder: `/home/runs/${id}`,
  created,
  started: null,
  ended: null,
  bestEpoch: null,
  error: null,
  versions: { node: '24.21.0', tensorflow: '2.21.0' },
  device: null,
  computedOn: null,
  weightsSha256: null,
  name: null,
  tags: [],
  notes: '',
  removed: null,
});

export const epoch = (number: number): Epoch => ({
  epoch: number,
  phase: 'all',
  learningRate: 1e-4,
  trainLoss: 0.5 / number,
  trainAccuracy: 0.75,
  validationLoss: null,
  validationAccuracy: null,
  seconds: 12.5,
  imagesPerSecond: 23.25,
});

export const metrics = (runId: string): Metrics => ({
  runId,
  part: 'test',
  created,
  threshold: 0.5,
  images: 10,
  confusion: { tp: 4, fp: 1, tn: 5, fn: 0 },
  accuracy: { value: 0.9, of: 10, count: 9 },
  sensitivity: { value: 1, of: 4, count: 4 },
  specificity: { value: 5 / 6, of: 6, count: 5 },
  ppv: { value: 0.8, of: 5, count: 4 },
  npv: { value: 1, of: 5, count: 5 },
  f1: 8 / 9,
  auc: null,
  millisecondsPerScan: 3.5,
  modelBytes: 9_000_000,
  parameters: 2_259_265,
});
