import type { MachineDevices } from '../contract/devices.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import { type Chosen, chooseDevices, type Machine, machineDevices } from '../train/choose-devices.ts';
import type { RunDevice } from '../train/device-pool.ts';

/** Milliseconds for which the driver is not asked again before a prediction. */
const FRESH = 30_000;

export type DevicesOptions = {
  registry: Registry;
  /** In place of this machine's, by the settings. */
  choose?: ((machine: Machine) => Chosen) | undefined;
  look?: (() => Promise<Machine>) | undefined;
};

/** What is computed on, as the settings say and the machine allows. */
export class Devices {
  readonly #registry: Registry;
  readonly #look: () => Promise<Machine>;
  readonly #choose: (machine: Machine) => Chosen;
  #seen: { machine: Promise<Machine>; at: number } | null = null;

  constructor({ registry, look = machineDevices, choose }: DevicesOptions) {
    this.#registry = registry;
    this.#look = look;
    this.#choose = choose ?? ((machine) => chooseDevices(registry.preferences.get().device, machine));
  }

  /** What to train on, the driver asked anew. */
  async chosen(): Promise<Chosen> {
    return this.#choose(await this.#machine(0));
  }

  /** All that there is, and what of it is trained on. */
  async all(): Promise<MachineDevices> {
    const machine = await this.#machine(0);
    const { devices } = this.#choose(machine);
    return {
      devices: [...machine.devices],
      inUse: devices.filter(({ wrong }) => !wrong).map(({ id }) => id),
    };
  }

  /**
   * What to predict or to try on: the first device chosen for training that trains nothing now, so that a training keeps
   * its GPU's memory; the processor while all of them train, or when the settings say so.
   * @param trains whether a run is trained on a device now.
   */
  async forPrediction(trains: (device: RunDevice) => boolean): Promise<DeviceChoice> {
    const { device, predictOn } = this.#registry.preferences.get();
    if (predictOn === 'cpu' || device === 'cpu') return 'cpu';
    return (await this.#free(trains))?.choice ?? 'cpu';
  }

  /** What to estimate a training on: a chosen device, one that trains nothing now if there is one. */
  async forTrial(trains: (device: RunDevice) => boolean): Promise<RunDevice | undefined> {
    const free = await this.#free(trains);
    return free ?? (await this.#usable())[0];
  }

  async #free(trains: (device: RunDevice) => boolean): Promise<RunDevice | undefined> {
    return (await this.#usable()).find((device) => device.kind === 'cpu' || !trains(device));
  }

  async #usable(): Promise<RunDevice[]> {
    return this.#choose(await this.#machine(FRESH)).devices.filter(({ wrong }) => !wrong);
  }

  #machine(fresh: number): Promise<Machine> {
    if (!this.#seen || performance.now() - this.#seen.at >= fresh) {
      const seen = (this.#seen = { machine: this.#look(), at: performance.now() });
      // What could not be looked at is looked at again.
      seen.machine.catch(() => {
        if (this.#seen === seen) this.#seen = null;
      });
    }
    return this.#seen.machine;
  }
}
