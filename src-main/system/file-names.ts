/** Devices that Windows takes for files of these names, whatever they end in. */
const devices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Drives and streams, wildcards, and endings that Windows drops. */
const notOnWindows = /[:*?"<>|]|[. ]$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/** Names that differ in case, or in how accents are written, are one. */
export const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Why a name is not one step down from a folder and nothing else, as words that follow it; null when it is.
 * @param devicesToo also refuses Windows' devices where they are ordinary names: the folder may be copied there.
 */
export function nameProblem(name: string, devicesToo = process.platform === 'win32'): string | null {
  if (name === '' || /^\.+$/.test(name) || control.test(name) || /[/\\]/.test(name))
    return 'is no name for a file here';
  if (devicesToo && devices.test(name)) return 'is the name of a device on Windows';
  if (process.platform === 'win32' && notOnWindows.test(name)) return 'is no name for a file on Windows';
  return Buffer.byteLength(name) > 255 ? 'is too long a name' : null;
}
