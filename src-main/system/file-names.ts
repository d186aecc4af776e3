/** Devices that Windows takes for files of these names, whatever they end in. */
const devices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Drives and streams, wildcards, and endings that Windows drops. */
const notOnWindows = /[:*?"<>|]|[. ]$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/** No name of a file at all, a device of Windows, none that Windows takes, or too long. */
export type NameProblem = 'name' | 'device' | 'windows' | 'tooLong';

/** Names that differ in case, or in how accents are written, are one. */
export const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Why a name is not one step down from a folder and nothing else; null when it is.
 * @param devicesToo also refuses Windows' devices where they are ordinary names: the folder may be copied there.
 */
export function nameProblem(name: string, devicesToo = process.platform === 'win32'): NameProblem | null {
  if (name === '' || /^\.+$/.test(name) || control.test(name) || /[/\\]/.test(name)) return 'name';
  if (devicesToo && devices.test(name)) return 'device';
  if (process.platform === 'win32' && notOnWindows.test(name)) return 'windows';
  return Buffer.byteLength(name) > 255 ? 'tooLong' : null;
}
