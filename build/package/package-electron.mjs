import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SetUpError } from '../setup/command.mjs';
import { provideElectron } from '../setup/setup-electron.mjs';
import { repository } from '../setup/set-up.mjs';
import { copy, copyFolder, write } from './files.mjs';
import { setFuses } from './fuses.mjs';

/** Languages of Chromium's own few texts that are kept: Falx's, with both English variants. */
const languages = /^locales\/(en-US|en-GB|ko)\.pak/;

/**
 * The folder of the Electron to package.
 * @param {string} node
 * @param {string | undefined} given by the caller
 * @returns {Promise<string>}
 * @throws {SetUpError} where there is none, or another version than Falx needs
 */
export async function findElectron(node, given) {
  const wanted = JSON.parse(
    readFileSync(join(repository, 'node_modules', 'electron', 'package.json'), 'utf8'),
  ).version;
  if (given === undefined) {
    const program = await provideElectron(node);
    if (program === undefined)
      throw new SetUpError(
        `there is no Electron here to package: "npm run setup" fetches it where it can be reached, and "--electron FOLDER" takes an unpacked Electron ${wanted}. Without one, "npm run package -- --without-window" makes the server package, for browsers.`,
      );
    return dirname(realpathSync(program));
  }
  const folder = resolve(given);
  for (const name of ['electron', 'chrome-sandbox', 'resources', 'version'])
    if (!existsSync(join(folder, name)))
      throw new SetUpError(
        `${folder} is no Electron for Linux: it has no ${name}. Give the folder that its zip file was unpacked into.`,
      );
  const version = readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  if (version !== wanted)
    throw new SetUpError(
      `${folder} holds Electron ${version}, and Falx is made for ${wanted}. Give that one.`,
    );
  return folder;
}

/**
 * Copies Electron, with its fuses set and Falx as its app.
 * @param {string} from
 * @param {string} program the package's folder
 * @param {{ name: string, version: string, main: string }} falx
 */
export async function stageElectron(from, program, { name, version, main }) {
  const to = join(program, 'electron');
  copyFolder(from, to, (path) => {
    if (path === 'electron' || path === 'resources/default_app.asar') return false;
    return path.startsWith('locales/') ? languages.test(path) : true;
  });
  // Process lists then show Falx's name.
  copy(join(from, 'electron'), join(to, 'falx'), 0o755);
  await setFuses(join(to, 'falx'));
  // The app is in the parent folder; these files only refer to it.
  const app = join(to, 'resources', 'app');
  const about = {
    name,
    productName: 'Falx',
    version,
    type: 'module',
    main: 'main.js',
    desktopName: 'falx.desktop',
  };
  write(join(app, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  write(join(app, 'main.js'), `import '../../../${main}';\n`);
}
