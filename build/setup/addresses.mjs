import { run } from './command.mjs';

/**
 * The registry npm is configured with, without any password in it.
 * @param {string} npm
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} options that npm is run with
 */
export async function npmAddress(npm, options) {
  const { code, output } = await run(npm, ['config', 'get', 'registry', '--loglevel=silent'], options);
  return (code === 0 && addressIn(output)) || 'the registry that npm is set up with';
}

/**
 * The index pip is configured with: its help text shows the one that its settings and the environment result in.
 * @param {string[]} pip the program and its first arguments
 */
export async function pipAddress([pip = '', ...first]) {
  // On a narrow terminal it would break the address over lines.
  const env = { ...process.env, COLUMNS: '4000' };
  const { code, output } = await run(pip, [...first, 'download', '--help'], { env });
  const index = /--index-url.*\(default:? (\S+?)\)/.exec(output)?.[1];
  return (code === 0 && index && addressIn(index)) || 'the index that pip is set up with';
}

/** Where Electron's own installer downloads its program from, in its order of precedence (`@electron/get`). */
export function electronAddress(env = process.env) {
  const mirror =
    env['npm_config_electron_mirror'] ||
    env['NPM_CONFIG_ELECTRON_MIRROR'] ||
    env['npm_package_config_electron_mirror'] ||
    env['ELECTRON_MIRROR'];
  return addressIn(mirror ?? '') ?? 'https://github.com/electron/electron/releases/download/';
}

/**
 * The address in a text, without a user name and password.
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
