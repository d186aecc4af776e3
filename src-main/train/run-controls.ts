import type { TrainControl } from '../contract/packets.ts';

/** The core's latest request; read between steps. */
export interface RunControls {
  latest: TrainControl | null;
  /** Resolves when `latest` changes. */
  changed(): Promise<void>;
}
