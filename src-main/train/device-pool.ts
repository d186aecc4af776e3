import type { ErrorData } from '../contract/failures.ts';
import type { TrainingDevice } from '../contract/views.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';

/** What one run at a time is trained on. */
export type RunDevice = Omit<TrainingDevice, 'setAside'> & {
  /** What its workers are started with. */
  choice: DeviceChoice;
  /** Threads an operation is spread over; null: as many as there are cores. */
  threads: number | null;
  /** Of a GPU: major and minor, `8.6`; null where nobody says. */
  computeCapability: string | null;
  /** Version of the GPU's driver. */
  driver: string | null;
  /** Whether it has instructions for bfloat16. */
  bfloat16: boolean;
  /** Why it can't be used now, though it was chosen. */
  wrong?: ErrorData;
};

/** What speaks against a device after a run on it, rather than against the run. */
export type DeviceFault = {
  error: ErrorData;
  /** No other run is tried on it. */
  atOnce: boolean;
};

/** Whatever TensorFlow takes by itself: a GPU where one works. */
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

/** Faults in a row after which a device is given no more runs: one alone may be the run's. */
const FAULTS = 2;

type Place = {
  device: RunDevice;
  busy: boolean;
  leaving: boolean;
  faults: number;
  setAside: ErrorData | null;
};

/** The devices that a queue keeps busy, each with one run at a time. */
export class DevicePool {
  #places: Place[] = [];
  #inReserve: RunDevice | null = null;

  /** @param inReserve taken when each of `devices` was set aside. */
  constructor(devices: readonly RunDevice[] = [], inReserve: RunDevice | null = null) {
    this.use(devices, inReserve);
  }

  /** As a window is told of them. */
  get devices(): TrainingDevice[] {
    return this.#places.map(({ device: { id, kind, name }, setAside }) => ({ id, kind, name, setAside }));
  }

  /** How many runs can be trained at once. */
  get size(): number {
    return this.#places.filter(({ setAside, leaving }) => setAside === null && !leaving).length;
  }

  /** Has other devices used from now on; what is trained on one that is left out goes on to its end. */
  use(devices: readonly RunDevice[], inReserve: RunDevice | null = null): void {
    const kept = new Map(this.#places.map((place) => [place.device.id, place]));
    const places = devices.map((device): Place => {
      const known = kept.get(device.id);
      kept.delete(device.id);
      const wrong = device.wrong ?? null;
      if (!known || !isSame(known.device, device))
        return { device, busy: known?.busy ?? false, leaving: false, faults: 0, setAside: wrong };
      // What failed stays aside; what was missing and is there again does not.
      const setAside = wrong ?? (known.device.wrong ? null : known.setAside);
      return Object.assign(known, { device, leaving: false, setAside });
    });
    const leaving = [...kept.values()].filter(({ busy }) => busy);
    for (const place of leaving) place.leaving = true;
    this.#places = [...places, ...leaving];
    this.#inReserve = inReserve;
    this.#callReserve();
  }

  /** A device that is free, taken until it is given back; null when none is. */
  take(): RunDevice | null {
    const place = this.#places.find(({ busy, leaving, setAside }) => !busy && !leaving && !setAside);
    if (!place) return null;
    place.busy = true;
    return place.device;
  }

  /** @param how `well`: a run came to its end on it; `unknown`: nothing can be said. */
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

  /** Gives a device that was set aside runs again. @returns whether there is one of this id. */
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
