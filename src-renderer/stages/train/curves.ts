import type { Epoch } from '../../../src-main/contract/records.ts';

/** Epochs with one more added: a resumed run reports earlier epochs again, and may repeat some of them. */
export function withEpoch(epochs: readonly Epoch[], epoch: Epoch): Epoch[] {
  const last = epochs.at(-1);
  if (!last || epoch.epoch > last.epoch) return [...epochs, epoch];
  return [...epochs.filter((other) => other.epoch !== epoch.epoch), epoch].sort((a, b) => a.epoch - b.epoch);
}
