import type { MachineDevices } from '../contract/devices.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeviceChoice } from '../tensorflow/environment.ts';
import { type Chosen, chooseDevices, type Machine, machineDevices } from '../train/choose-devices.ts';
import type { RunDevice } from '../train/device-pool.ts';

/** Milliseconds during which predictions don't query the driver again. */
const FRESH = 30_000;

export type DevicesOptions = {
  registry: Registry;
  /** In place of this machine's devices, by the settings. */
  choose?: ((machine: Machine) => Chosen) | undefined;
  look?: (() => Promise<Machine>) | undefined;
};

/** Devices to compute on, by the settings and what the machine has. */
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

  /** The devices to train on, from a fresh query of the driver. */
  async chosen(): Promise<Chosen> {
    return this.#choose(await this.#machine(0));
  }

  /** All devices, and which of them are used for training. */
  async all(): Promise<MachineDevices> {
    const machine = await this.#machine(0);
    const { devices } = this.#choose(machine);
    return {
      devices: [...machine.devices],
      inUse: devices.filter(({ wrong }) => !wrong).map(({ id }) => id),
    };
  }

  /**
   * The device for predictions or trials: the first training device that trains nothing now, so that a training keeps its GPU's
   * memory; the processor if all of them are training, or by the settings.
   * @param trains whether a device is training a run now.
   */
  async forPrediction(trains: (device: RunDevice) => boolean): Promise<DeviceChoice> {
    const { device, predictOn } = this.#registry.preferences.get();
    if (predictOn === 'cpu' || device === 'cpu') return 'cpu';
    return (await this.#free(trains))?.choice ?? 'cpu';
  }

  /** The device to estimate a training on: a training device, preferably one that trains nothing now. */
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
      // A failed query is repeated.
      seen.machine.catch(() => {
        if (this.#seen === seen) this.#seen = null;
      });
    }
    return this.#seen.machine;
  }
}
