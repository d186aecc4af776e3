import type { TrainControl } from '../contract/packets.ts';

/** What the core has asked for; read between steps. */
export interface RunControls {
  latest: TrainControl | null;
  /** Resolves when `latest` changes. */
  changed(): Promise<void>;
}
