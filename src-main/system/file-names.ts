/** Names that Windows reserves for devices, with any extension. */
const devices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Drives and streams, wildcards, and endings that Windows drops. */
const notOnWindows = /[:*?"<>|]|[. ]$/;
// eslint-disable-next-line no-control-regex -- searches for control characters
const control = /[\u0000-\u001f\u007f]/;

/** No valid file name, a device of Windows, not allowed on Windows, or too long. */
export type NameProblem = 'name' | 'device' | 'windows' | 'tooLong';

/** Names that differ only in case, or in Unicode normalisation, count as equal. */
export const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Why a name does not denote an entry directly inside a folder; null if it does.
 * @param devicesToo also refuses Windows' device names where they are ordinary names: the folder may be copied there.
 */
export function nameProblem(name: string, devicesToo = process.platform === 'win32'): NameProblem | null {
  if (name === '' || /^\.+$/.test(name) || control.test(name) || /[/\\]/.test(name)) return 'name';
  if (devicesToo && devices.test(name)) return 'device';
  if (process.platform === 'win32' && notOnWindows.test(name)) return 'windows';
  return Buffer.byteLength(name) > 255 ? 'tooLong' : null;
}
