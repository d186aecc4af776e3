import type { TrainingDevice } from '../../../src-main/contract/views.ts';

/** A device's display name: the driver's, numbered where several are equal; null where it is unknown. */
export function deviceName(
  devices: readonly Pick<TrainingDevice, 'id' | 'name'>[],
  id: string,
): string | null {
  const name = devices.find((device) => device.id === id)?.name ?? null;
  const alike = devices.filter((device) => device.name === name);
  if (name === null || alike.length < 2) return name;
  return `${name} (${alike.findIndex((device) => device.id === id) + 1})`;
}
