import type { Run } from '../../../../src-main/contract/records.ts';
import { defaultSettings } from '../../../../src-main/contract/settings.ts';
import type { RunView } from '../../../../src-main/contract/views.ts';

/** A run that was trained but not evaluated, with these changes. */
export function runView(change: Partial<Run> & { id: string }, datasetName = 'scans'): RunView {
  const network = change.network ?? 'mobilenetv2';
  const run: Run = {
    splitId: 'split-a',
    network,
    status: 'done',
    settings: defaultSettings(network, false),
    datasetHash: '0'.repeat(64),
    splitHash: '1'.repeat(64),
    folder: `/home/falx/runs/${change.id}`,
    created: '2026-11-24T08:00:00.000Z',
    started: '2026-11-24T08:00:01.000Z',
    ended: '2026-11-24T08:03:00.000Z',
    bestEpoch: 3,
    error: null,
    versions: { falx: '0.1.0' },
    device: 'CPU',
    computedOn: null,
    weightsSha256: null,
    name: null,
    tags: [],
    notes: '',
    removed: null,
    ...change,
  };
  return {
    run,
    datasetId: 'dataset-a',
    datasetName,
    positive: 'Tumour',
    metrics: null,
    epochsDone: 3,
    validationAccuracy: 0.9,
    hasModel: true,
    hasScans: true,
    evaluationError: null,
  };
}
