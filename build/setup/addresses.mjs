import { run } from './command.mjs';

/**
 * Where npm fetches packages from, as npm itself says, without a password that may be in it.
 * @param {string} npm
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} options as it is run with
 */
export async function npmAddress(npm, options) {
  const { code, output } = await run(npm, ['config', 'get', 'registry', '--loglevel=silent'], options);
  return (code === 0 && addressIn(output)) || 'the registry that npm is set up with';
}

/**
 * Where pip fetches wheels from. Its help names the index that its settings and the environment come to.
 * @param {string[]} pip the program and its first arguments
 */
export async function pipAddress([pip = '', ...first]) {
  // Told of a narrow terminal it would break the address over lines.
  const env = { ...process.env, COLUMNS: '4000' };
  const { code, output } = await run(pip, [...first, 'download', '--help'], { env });
  const index = /--index-url.*\(default:? (\S+?)\)/.exec(output)?.[1];
  return (code === 0 && index && addressIn(index)) || 'the index that pip is set up with';
}

/** Where Electron's own installer fetches its program from, in the order that it looks (`@electron/get`). */
export function electronAddress(env = process.env) {
  const mirror =
    env['npm_config_electron_mirror'] ||
    env['NPM_CONFIG_ELECTRON_MIRROR'] ||
    env['npm_package_config_electron_mirror'] ||
    env['ELECTRON_MIRROR'];
  return addressIn(mirror ?? '') ?? 'https://github.com/electron/electron/releases/download/';
}

/**
 * The address in a text, without the name and password of one who signs in.
 * @param {string} text
 */
export function addressIn(text) {
  const found = /\b(?:https?|file):\/\/\S+/.exec(text)?.[0];
  if (found === undefined || !URL.canParse(found)) return undefined;
  const url = new URL(found);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
