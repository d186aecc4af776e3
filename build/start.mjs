import { parseArgs } from 'node:util';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';
import { hasDisplay, provideElectron } from './setup/setup-electron.mjs';
import { repository, setUp } from './setup/set-up.mjs';
import { provideBuild } from './stale.mjs';

const help = `npm start                       opens Falx: in its own window where that can be, else in a browser
npm start -- --browser          in a browser
npm start -- --port 8321        in a browser, at this port of 127.0.0.1
npm start -- --no-open          prints the address only
npm start -- --home DIR         keeps everything in DIR (also: FALX_HOME)

The command line is "npx falx"; "npx falx serve" is the same as "npm start -- --browser".`;

/** An Electron that fails within this many seconds has not opened its window. */
const startupSeconds = 10;

await orSay(async () => {
  const wish = read(process.argv.slice(2));
  if (!wish) return;
  const { node } = await setUp();
  const reason = wish.browser ? null : await desktop(node, wish.home);
  if (reason === true) return;
  if (reason !== null) console.error(`Falx: ${reason}, so Falx opens in a browser.`);
  await provideBuild(node, ['renderer']);
  await launch('src-main/shells/cli/main.ts', ['serve', ...wish.rest]);
});

/**
 * @param {string[]} args
 * @returns {{ browser: boolean, home: string | undefined, rest: string[] } | undefined} undefined when there is nothing to start
 */
function read(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
        'no-open': { type: 'boolean' },
        home: { type: 'string' },
      },
    });
    if (values.help) return void console.log(help);
    const rest = [
      ...(values.port === undefined ? [] : ['--port', values.port]),
      ...(values['no-open'] ? ['--no-open'] : []),
      ...(values.home === undefined ? [] : ['--home', values.home]),
    ];
    const browser = Boolean(values.browser || values['no-open'] || values.port !== undefined);
    return { browser, home: values.home, rest };
  } catch (error) {
    console.error(`Falx: ${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

/**
 * Opens the desktop window and waits until it is closed.
 * @param {string} node
 * @param {string | undefined} home
 * @returns {Promise<true | string>} or why it could not be opened
 */
async function desktop(node, home) {
  if (!hasDisplay()) return 'there is no display here';
  // Chromium's sandbox does not work as root, and Falx does not run without it.
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron does not run as root';
  const program = await provideElectron(node);
  if (program === undefined) return 'Electron is not installed';
  await provideBuild(node, ['main', 'preload', 'renderer']);
  const { ELECTRON_RUN_AS_NODE: _asNode, ...env } = process.env;
  const began = Date.now();
  const { code, signal } = await runToEnd(program, {
    ...env,
    ...(home === undefined ? {} : { FALX_HOME: home }),
  });
  if (code === 0) return true;
  if (!signalled && Date.now() - began < startupSeconds * 1000)
    return `Electron ended at once (${signal ?? `code ${code}`})`;
  process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
  return true;
}

/** Whether this process was signalled to end, and with it the window. */
let signalled = false;

/**
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function runToEnd(program, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [join(repository)], { env, stdio: 'inherit' });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => {
        signalled = true;
        child.kill(signal);
      });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
