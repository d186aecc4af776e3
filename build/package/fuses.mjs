import { flipFuses, FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { SetUpError } from '../setup/command.mjs';

/**
 * Electron's fuses: features that are disabled in its program, whoever starts it and however. They are bytes in the
 * program itself, set before it is packaged.
 *
 * | fuse | set | why |
 * | --- | --- | --- |
 * | RunAsNode | off | With ELECTRON_RUN_AS_NODE the program would run any script, and AppArmor's profile allows it more than others. Workers run in the Node.js beside it, started by `spawn`: `fork` would need this fuse |
 * | EnableCookieEncryption | off | The window has no cookies: its page is served by falx://. If on, Electron would ask for a keyring at start-up, which many workstations lack |
 * | EnableNodeOptionsEnvironmentVariable | off | NODE_OPTIONS would load any script into the main process. This also disables NODE_EXTRA_CA_CERTS: the window's downloads use Chromium, which trusts the system's certificates |
 * | EnableNodeCliInspectArguments | off | --inspect and SIGUSR1 would let any local program steer the main process |
 * | EnableEmbeddedAsarIntegrityValidation | off | Electron supports it only on macOS and Windows, and Falx is not in an archive |
 * | OnlyLoadAppFromAsar | off | The command line and the workers run in plain Node.js, which reads no archives, so the program is in files that all share. They, and the folder in which Electron looks for an app, belong to root, as this program does: whoever can replace the app can replace Electron. The fuse protects a signed and verified app, which Linux has no means for |
 * | LoadBrowserProcessSpecificV8Snapshot | off | There is no such snapshot: if on, the program would not start |
 * | GrantFileProtocolExtraPrivileges | off | No page is loaded from file:// |
 * | WasmTrapHandlers | on | Electron's default: without it WebAssembly, which decodes compressed DICOM, checks each memory access in code, and is slower |
 */
export const fuses = /** @satisfies {Record<keyof typeof FuseV1Options, boolean>} */ ({
  RunAsNode: false,
  EnableCookieEncryption: false,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: false,
  OnlyLoadAppFromAsar: false,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
  WasmTrapHandlers: true,
});

/** @typedef {keyof typeof fuses} Fuse */

/**
 * Sets all fuses of a program, and reads them back.
 * @param {string} program Electron's; it is modified
 * @throws {SetUpError} where it has no fuses, other ones than the table, or does not keep them
 */
export async function setFuses(program) {
  try {
    await flipFuses(program, {
      version: FuseVersion.V1,
      strictlyRequireAllFuses: true,
      ...byPosition(),
    });
  } catch (error) {
    throw new SetUpError(
      `the fuses of ${program} could not be set: ${/** @type {Error} */ (error).message}. Is it Electron's program, and does build/package/fuses.mjs know all of its fuses?`,
    );
  }
  const found = await fusesIn(program);
  const wrong = Object.entries(fuses).filter(([name, on]) => found[/** @type {Fuse} */ (name)] !== on);
  if (wrong.length > 0)
    throw new SetUpError(
      `${program} does not keep its fuses: ${wrong.map(([name]) => name).join(', ')}. Electron may have removed them: see build/package/fuses.mjs.`,
    );
}

/** Keyed by their positions in the fuse wire. */
const byPosition = () =>
  /** @type {Record<FuseV1Options, boolean>} */ (
    Object.fromEntries(
      Object.entries(fuses).map(([name, on]) => [FuseV1Options[/** @type {Fuse} */ (name)], on]),
    )
  );

/**
 * Reads a program's fuses.
 * @param {string} program
 * @returns {Promise<Record<Fuse, boolean | null>>} null: a removed fuse, which does nothing
 */
export async function fusesIn(program) {
  const wire = await getCurrentFuseWire(program);
  return /** @type {Record<Fuse, boolean | null>} */ (
    Object.fromEntries(
      Object.keys(fuses).map((name) => {
        const state = wire[FuseV1Options[/** @type {Fuse} */ (name)]];
        return [name, state === FuseState.ENABLE ? true : state === FuseState.DISABLE ? false : null];
      }),
    )
  );
}
