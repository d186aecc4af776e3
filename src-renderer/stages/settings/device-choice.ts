import type { DoctorReport } from '../../../src-main/contract/doctor-report.ts';
import type { DevicePreference, MachineDevice } from '../../../src-main/contract/devices.ts';

export type Mode = 'auto' | 'gpus' | 'cpu';

export const modeOf = (preference: DevicePreference): Mode =>
  typeof preference === 'string' ? preference : 'gpus';

/** A message of the core: its English text, and the facts by which the window translates it. */
type CoreMessage = { message: string; facts: Readonly<Record<string, unknown>> | null };

/** One row of the list. */
export type DeviceRow = {
  device: MachineDevice;
  /** A chosen GPU that no longer exists. */
  missing: boolean;
  ticked: boolean;
  used: boolean;
  /** Why it is not used, unless by choice. */
  reason: CoreMessage | null;
};

/** The rows of the list: the processor, the existing GPUs, and chosen ones that no longer exist. */
export function deviceRows(
  devices: readonly MachineDevice[],
  inUse: readonly string[],
  preference: DevicePreference,
  checkup: Pick<DoctorReport, 'devices'> | undefined,
): DeviceRow[] {
  const chosen = typeof preference === 'string' ? [] : preference.gpus;
  const tried = checkup?.devices.filter(({ kind }) => kind === 'gpu') ?? [];
  const takesGpus = tried.some(({ used }) => used);
  const rows = devices.map((device): DeviceRow => {
    const said = tried.find(({ uuid }) => uuid === device.id);
    // As TensorFlow reported when it was loaded, once that is known.
    const found =
      device.kind === 'gpu' && !device.wrong && said?.reason != null
        ? { message: said.reason, facts: said.facts }
        : device.wrong;
    const used = inUse.includes(device.id) && found === null;
    return {
      device,
      missing: false,
      ticked: chosen.some(({ uuid }) => uuid === device.id),
      used,
      reason: found,
    };
  });
  const known = new Set(devices.map(({ id }) => id));
  const missing = chosen
    .filter(({ uuid }) => !known.has(uuid))
    .map(({ uuid, name }): DeviceRow => {
      const nothing = {
        totalBytes: null,
        computeCapability: null,
        driver: null,
        bfloat16: false,
        wrong: null,
      };
      const device: MachineDevice = { id: uuid, kind: 'gpu', name, ...nothing };
      return { device, missing: true, ticked: true, used: false, reason: null };
    });
  // Where GPUs were chosen but TensorFlow uses none, the processor is used.
  const fallsBack =
    checkup !== undefined && preference === 'auto' && !takesGpus && !inUse.includes('cpu') && rows.length > 1;
  return [...rows, ...missing].map((row) =>
    fallsBack && row.device.kind === 'cpu' ? { ...row, used: true } : row,
  );
}

/** The preference after ticking or unticking a GPU; null when none would be left. */
export function tickedGpus(rows: readonly DeviceRow[], id: string, ticked: boolean): DevicePreference | null {
  const gpus = rows
    .filter(({ device, ticked: was }) => device.kind === 'gpu' && (device.id === id ? ticked : was))
    .map(({ device }) => ({ uuid: device.id, name: device.name ?? device.id }));
  return gpus.length > 0 ? { gpus } : null;
}

/** The initial selection for "chosen GPUs": all usable ones, else all existing ones; null where there are none. */
export function firstChoice(rows: readonly DeviceRow[]): DevicePreference | null {
  const gpus = rows.filter(({ device }) => device.kind === 'gpu');
  const sound = gpus.filter(({ reason, missing }) => reason === null && !missing);
  const chosen = (sound.length > 0 ? sound : gpus).map(({ device }) => ({
    uuid: device.id,
    name: device.name ?? device.id,
  }));
  return chosen.length > 0 ? { gpus: chosen } : null;
}
