import { flipFuses, FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { SetUpError } from '../setup/command.mjs';

/**
 * Electron's fuses: what its program can do no more, whoever starts it and however. They are bytes in the program itself, set
 * before it is packaged.
 *
 * | fuse | set | why |
 * | --- | --- | --- |
 * | RunAsNode | off | With ELECTRON_RUN_AS_NODE the program would run any script, and AppArmor's profile allows it more than others. Workers run in the Node.js beside it, started by `spawn`: `fork` needs this fuse |
 * | EnableCookieEncryption | off | The window has no cookies: its page comes by falx://. On, Electron would ask for a keyring at the start, which many a workstation has none of |
 * | EnableNodeOptionsEnvironmentVariable | off | NODE_OPTIONS would load any script into the main process. NODE_EXTRA_CA_CERTS goes with it: the window's downloads are Chromium's, which trusts what the system trusts |
 * | EnableNodeCliInspectArguments | off | --inspect and SIGUSR1 would let any local program steer the main process |
 * | EnableEmbeddedAsarIntegrityValidation | off | Electron has it on macOS and Windows only, and Falx is in no archive |
 * | OnlyLoadAppFromAsar | off | The command line and the workers are run by plain Node.js, which reads no archive, so the program lies in files that all share. They, and the folder in which Electron looks for an app, are root's, as this program is: who can put another app there can put another Electron there. It protects an app that is signed and checked, which Linux has no means for |
 * | LoadBrowserProcessSpecificV8Snapshot | off | There is no such snapshot: on, the program would not start |
 * | GrantFileProtocolExtraPrivileges | off | No page comes by file:// |
 * | WasmTrapHandlers | on | As its makers have it: without it WebAssembly, which decodes compressed DICOM, checks each of its accesses in code, and is slower |
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
 * Sets all fuses of a program, and reads them back from it.
 * @param {string} program Electron's; it is changed
 * @throws {SetUpError} where it has none, others than the table has, or does not keep them
 */
export async function setFuses(program) {
  try {
    await flipFuses(program, {
      version: FuseVersion.V1,
      strictlyRequireAllFuses: true,
      ...numbered(),
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

/** By their places among the bytes. */
const numbered = () =>
  /** @type {Record<FuseV1Options, boolean>} */ (
    Object.fromEntries(
      Object.entries(fuses).map(([name, on]) => [FuseV1Options[/** @type {Fuse} */ (name)], on]),
    )
  );

/**
 * The fuses as they are set in a program.
 * @param {string} program
 * @returns {Promise<Record<Fuse, boolean | null>>} null: one that was removed, and does nothing
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
