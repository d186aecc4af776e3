import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { electronAddress } from './addresses.mjs';
import { run, say, SetUpError, step } from './command.mjs';
import { repository } from './set-up.mjs';
import { readIfWhole, writeWhole } from './whole.mjs';

/** Milliseconds that downloading Electron's program, some 120 MB, may take. */
const downloadTimeout = 180_000;

const folder = join(repository, 'node_modules', 'electron');
const note = join(repository, '.falx', 'electron.json');

/** Electron's program, if it is installed. */
export function electronProgram() {
  const name = join(folder, 'path.txt');
  if (!existsSync(name)) return undefined;
  const file = join(
    process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'),
    readFileSync(name, 'utf8'),
  );
  return existsSync(file) ? file : undefined;
}

/** Whether a window opened on this machine is visible to the user who starts Falx. */
export function hasDisplay(env = process.env, platform = process.platform) {
  if (platform === 'linux') return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return !env['SSH_CONNECTION'];
}

/**
 * Downloads Electron's program, which its npm package does not contain. Tried once per version, for a bounded time: without
 * it Falx opens in a browser, and a machine that can't reach the server must not wait at each start.
 * @param {string} node
 * @param {{ again?: boolean }} [options] whether to try again after an earlier attempt
 */
export async function provideElectron(node, { again = false } = {}) {
  const program = electronProgram();
  if (program !== undefined) return program;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!again && readIfWhole(note)?.version === version) return undefined;
  writeWhole(note, { version, tried: new Date().toISOString() });
  return await step(`fetching Electron from ${electronAddress()}`, () => fetchElectron(node)).catch(
    (error) => {
      if (!(error instanceof SetUpError)) throw error;
      say(
        `${error.message}, so Falx opens in a browser. This is not tried again by itself: "npm run setup" does.`,
      );
      return undefined;
    },
  );
}

/**
 * @param {string} node
 * @throws {SetUpError}
 */
async function fetchElectron(node) {
  const signal = AbortSignal.timeout(downloadTimeout);
  const { code } = await run(node, [join(folder, 'install.js')], { signal });
  const program = code === 0 ? electronProgram() : undefined;
  if (program !== undefined) return program;
  const late = signal.aborted ? ` within ${downloadTimeout / 60_000} minutes` : '';
  throw new SetUpError(`Electron could not be fetched${late}`);
}
