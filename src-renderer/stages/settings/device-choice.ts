import type { DoctorReport } from '../../../src-main/contract/doctor-report.ts';
import type { DevicePreference, MachineDevice } from '../../../src-main/contract/devices.ts';

export type Mode = 'auto' | 'gpus' | 'cpu';

export const modeOf = (preference: DevicePreference): Mode =>
  typeof preference === 'string' ? preference : 'gpus';

/** A sentence of the core, and by which a window words it. */
type Told = { message: string; facts: Readonly<Record<string, unknown>> | null };

/** One line of the list. */
export type DeviceRow = {
  device: MachineDevice;
  /** A chosen GPU that is not there any more. */
  gone: boolean;
  ticked: boolean;
  used: boolean;
  /** Why it is not used, beyond having been left out by choice. */
  reason: Told | null;
};

/** What the list shows: the processor, the GPUs that there are, and those that were chosen and have gone. */
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
    // By what TensorFlow did when it was loaded, once that is known.
    const found =
      device.kind === 'gpu' && !device.wrong && said?.reason != null
        ? { message: said.reason, facts: said.facts }
        : device.wrong;
    const used = inUse.includes(device.id) && found === null;
    return {
      device,
      gone: false,
      ticked: chosen.some(({ uuid }) => uuid === device.id),
      used,
      reason: found,
    };
  });
  const known = new Set(devices.map(({ id }) => id));
  const gone = chosen
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
      return { device, gone: true, ticked: true, used: false, reason: null };
    });
  // Where GPUs were to be used and TensorFlow takes none, it is the processor that works.
  const fallsBack =
    checkup !== undefined && preference === 'auto' && !takesGpus && !inUse.includes('cpu') && rows.length > 1;
  return [...rows, ...gone].map((row) =>
    fallsBack && row.device.kind === 'cpu' ? { ...row, used: true } : row,
  );
}

/** The preference with a GPU ticked or not; null when none would be left. */
export function tickedGpus(rows: readonly DeviceRow[], id: string, ticked: boolean): DevicePreference | null {
  const gpus = rows
    .filter(({ device, ticked: was }) => device.kind === 'gpu' && (device.id === id ? ticked : was))
    .map(({ device }) => ({ uuid: device.id, name: device.name ?? device.id }));
  return gpus.length > 0 ? { gpus } : null;
}

/** What "chosen GPUs" begins with: all that can be used, else all that there are; null where there is none. */
export function firstChoice(rows: readonly DeviceRow[]): DevicePreference | null {
  const gpus = rows.filter(({ device }) => device.kind === 'gpu');
  const sound = gpus.filter(({ reason, gone }) => reason === null && !gone);
  const chosen = (sound.length > 0 ? sound : gpus).map(({ device }) => ({
    uuid: device.id,
    name: device.name ?? device.id,
  }));
  return chosen.length > 0 ? { gpus: chosen } : null;
}
