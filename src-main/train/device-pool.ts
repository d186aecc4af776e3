import type { ErrorData } from '../contract/failures.ts';
import type { TrainingDevice } from '../contract/views.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';

/** A device, or share of one, that trains one run at a time. */
export type RunDevice = Omit<TrainingDevice, 'setAside'> & {
  /** Device choice for its workers. */
  choice: DeviceChoice;
  /** Threads per operation; null: one per core. */
  threads: number | null;
  /** For a GPU: major and minor, `8.6`; null if unknown. */
  computeCapability: string | null;
  /** Version of the GPU's driver. */
  driver: string | null;
  /** Whether it supports bfloat16. */
  bfloat16: boolean;
  /** Why it can't be used now, though it was chosen. */
  wrong?: ErrorData;
};

/** A fault of the device, rather than of the run on it. */
export type DeviceFault = {
  error: ErrorData;
  /** The device is set aside at once. */
  atOnce: boolean;
};

/** Whatever TensorFlow uses by default: a GPU if one works. */
export const anyDevice: RunDevice = {
  id: 'auto',
  kind: 'cpu',
  name: null,
  choice: 'auto',
  threads: null,
  computeCapability: null,
  driver: null,
  bfloat16: true,
};

/** Consecutive faults after which a device is set aside: a single one may be the run's. */
const FAULTS = 2;

type Place = {
  device: RunDevice;
  busy: boolean;
  leaving: boolean;
  faults: number;
  setAside: ErrorData | null;
};

/** The devices of a queue, each with one run at a time. */
export class DevicePool {
  #places: Place[] = [];
  #inReserve: RunDevice | null = null;

  /** @param inReserve used once each of `devices` was set aside. */
  constructor(devices: readonly RunDevice[] = [], inReserve: RunDevice | null = null) {
    this.use(devices, inReserve);
  }

  /** As shown in a window. */
  get devices(): TrainingDevice[] {
    return this.#places.map(({ device: { id, kind, name }, setAside }) => ({ id, kind, name, setAside }));
  }

  /** How many runs can be trained at once. */
  get size(): number {
    return this.#places.filter(({ setAside, leaving }) => setAside === null && !leaving).length;
  }

  /** Replaces the devices; a run on one that is left out continues to its end. */
  use(devices: readonly RunDevice[], inReserve: RunDevice | null = null): void {
    const kept = new Map(this.#places.map((place) => [place.device.id, place]));
    const places = devices.map((device): Place => {
      const known = kept.get(device.id);
      kept.delete(device.id);
      const wrong = device.wrong ?? null;
      if (!known || !isSame(known.device, device))
        return { device, busy: known?.busy ?? false, leaving: false, faults: 0, setAside: wrong };
      // A device that failed stays set aside; one that was missing and is back does not.
      const setAside = wrong ?? (known.device.wrong ? null : known.setAside);
      return Object.assign(known, { device, leaving: false, setAside });
    });
    const leaving = [...kept.values()].filter(({ busy }) => busy);
    for (const place of leaving) place.leaving = true;
    this.#places = [...places, ...leaving];
    this.#inReserve = inReserve;
    this.#callReserve();
  }

  /** Takes a free device until it is given back; null if there is none. */
  take(): RunDevice | null {
    const place = this.#places.find(({ busy, leaving, setAside }) => !busy && !leaving && !setAside);
    if (!place) return null;
    place.busy = true;
    return place.device;
  }

  /** @param how `well`: a run finished on it; `unknown`: inconclusive. */
  giveBack({ id }: RunDevice, how: 'well' | 'unknown' | DeviceFault): void {
    const place = this.#places.find(({ device }) => device.id === id);
    if (!place) return;
    place.busy = false;
    if (place.leaving) {
      this.#places = this.#places.filter((other) => other !== place);
      return;
    }
    if (how === 'well') place.faults = 0;
    if (typeof how === 'string') return;
    place.faults++;
    if (how.atOnce || place.faults >= FAULTS) place.setAside = how.error;
    this.#callReserve();
  }

  /** Lets a device that was set aside have runs again. @returns whether there is one with this id. */
  tryAgain(id: string): boolean {
    const place = this.#places.find(({ device }) => device.id === id);
    if (place) Object.assign(place, { faults: 0, setAside: null });
    return place !== undefined;
  }

  #callReserve(): void {
    const reserve = this.#inReserve;
    if (!reserve || this.size > 0) return;
    this.#inReserve = null;
    const leaving = this.#places.find(({ device }) => device.id === reserve.id);
    if (leaving) leaving.leaving = false;
    else this.#places.push({ device: reserve, busy: false, leaving: false, faults: 0, setAside: null });
  }
}

const isSame = (a: RunDevice, b: RunDevice): boolean => a.choice === b.choice && a.threads === b.threads;
