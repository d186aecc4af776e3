import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { electronAddress } from './addresses.mjs';
import { run, say, SetUpError, step } from './command.mjs';
import { repository } from './set-up.mjs';
import { readIfWhole, writeWhole } from './whole.mjs';

/** Milliseconds that fetching Electron's program, some 120 MB, may take. */
const patience = 180_000;

const folder = join(repository, 'node_modules', 'electron');
const note = join(repository, '.falx', 'electron.json');

/** Electron's program, where it is installed. */
export function electronProgram() {
  const name = join(folder, 'path.txt');
  if (!existsSync(name)) return undefined;
  const file = join(
    process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'),
    readFileSync(name, 'utf8'),
  );
  return existsSync(file) ? file : undefined;
}

/** Whether a window opened on this machine is before the eyes of who starts Falx. */
export function hasDisplay(env = process.env, platform = process.platform) {
  if (platform === 'linux') return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return !env['SSH_CONNECTION'];
}

/**
 * Fetches Electron's program, which its npm package only names. Tried once a version, for a bounded time: Falx opens in a
 * browser without it, and a machine that can't reach it must not be kept waiting at each start.
 * @param {string} node
 * @param {{ again?: boolean }} [options] whether it is tried although it was before
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
  const signal = AbortSignal.timeout(patience);
  const { code } = await run(node, [join(folder, 'install.js')], { signal });
  const program = code === 0 ? electronProgram() : undefined;
  if (program !== undefined) return program;
  const late = signal.aborted ? ` within ${patience / 60_000} minutes` : '';
  throw new SetUpError(`Electron could not be fetched${late}`);
}
