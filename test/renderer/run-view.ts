import { defaultSettings } from '../../src-main/contract/settings.ts';
import type { NetworkName } from '../../src-main/contract/networks.ts';
import type { Metrics } from '../../src-main/contract/records.ts';
import { RunView } from '../../src-main/contract/views.ts';

type RunViewFields = {
  id: string;
  network?: NetworkName;
  name?: string | null;
  splitId?: string;
  created?: string;
  hasModel?: boolean;
  metrics?: Metrics | null;
  validationAccuracy?: number | null;
};

/** A run as the core sends it to a window, validated against the contract. */
export function runView({
  id,
  network = 'mobilenetv2',
  name = null,
  splitId = 'sp-a',
  created = '2026-01-01T00:00:00.000Z',
  hasModel = true,
  metrics = null,
  validationAccuracy = null,
}: RunViewFields): RunView {
  return RunView.parse({
    run: {
      id,
      splitId,
      network,
      status: hasModel ? 'done' : 'queued',
      settings: defaultSettings(network, false, 48),
      datasetHash: 'a'.repeat(64),
      splitHash: 'b'.repeat(64),
      folder: `runs/${id}`,
      created,
      started: hasModel ? created : null,
      ended: hasModel ? created : null,
      bestEpoch: hasModel ? 3 : null,
      error: null,
      versions: {},
      device: 'cpu',
      weightsSha256: null,
      name,
      tags: [],
      notes: '',
      removed: null,
    },
    datasetId: 'ds-a',
    datasetName: 'phantoms',
    positive: 'Tumour',
    metrics,
    epochsDone: hasModel ? 4 : 0,
    validationAccuracy,
    hasModel,
    hasScans: true,
    evaluationError: null,
  });
}
