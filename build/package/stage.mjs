import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../setup/set-up.mjs';
import { stageElectron } from './package-electron.mjs';
import { copy, copyFolder, write } from './files.mjs';
import { stageModules } from './modules.mjs';

/** @import { Provided } from '../setup/set-up.mjs' */

/**
 * @typedef {object} Plan what is packaged
 * @property {string} version
 * @property {string} commit
 * @property {number} time of the commit, seconds since 1970
 * @property {string | null} electron the folder of Electron; null: without a window
 * @property {Provided} runtime
 * @property {object} gpuPack
 */

/** Starts the built program in the Node.js beside it, whatever link it is called by. */
const launcher = `#!/bin/sh
falx=$0
[ ! -L "$falx" ] || falx=$(PATH="$PATH:/usr/bin:/bin" readlink -f -- "$falx")
case $falx in */*) ;; *) falx=./$falx ;; esac
falx=$(cd -P -- "\${falx%/*}/.." && pwd -P) || exit
exec "$falx/node/bin/node" "$falx/out/main/shells/cli/main.js" "$@"
`;

/**
 * Stages the program's folder: all of Falx and what it runs on.
 * @param {string} to
 * @param {Plan} plan
 * @returns {Promise<{ packages: { name: string, version: string, folder: string }[] }>} what is shipped of node_modules
 */
export async function stageProgram(to, { version, commit, time, electron, runtime, gpuPack }) {
  const at = (/** @type {string[]} */ ...parts) => join(to, ...parts);
  const own = (/** @type {string[]} */ ...parts) => join(repository, ...parts);
  const { name, description, license, main } = JSON.parse(readFileSync(own('package.json'), 'utf8'));
  const json = (/** @type {object} */ content) => `${JSON.stringify(content, null, 2)}\n`;

  write(
    at('package.json'),
    json({ name, version, description, private: true, license, type: 'module', main }),
  );
  const built = new Date(time * 1000).toISOString();
  write(
    at('installation.json'),
    json({ kind: 'package', window: electron !== null, version, commit, built }),
  );
  write(at('gpu-pack.json'), json(gpuPack));
  copy(own('LICENSE'), at('LICENSE'));
  write(at('bin', 'falx'), launcher, 0o755);

  const isMap = (/** @type {string} */ path) => path.endsWith('.map');
  for (const part of electron === null ? ['main', 'renderer'] : ['main', 'preload', 'renderer'])
    copyFolder(own('out', part), at('out', part), (path) => !isMap(path));
  copyFolder(own('resources'), at('resources'), (path) => !path.startsWith('linux/'));
  const packages = stageModules(own('node_modules'), at('node_modules'));

  copy(runtime.node, at('node', 'bin', 'node'), 0o755);
  const nodeLicence = join(runtime.node, '..', '..', 'LICENSE');
  if (existsSync(nodeLicence)) copy(nodeLicence, at('node', 'LICENSE'));

  for (const library of [...runtime.libraries, 'tensorflow/THIRD_PARTY_NOTICES.txt'])
    copy(join(runtime.tensorflow, library), at('runtime', library), 0o644);
  copy(runtime.binding, at('runtime', 'binding', 'tfjs_binding.node'), 0o644);
  const platform = `${process.platform}-${process.arch}`;
  write(
    at('runtime', 'runtime.json'),
    json({ format: 1, tensorflow: runtime.version, build: 'cpu', platform }),
  );

  if (electron !== null) await stageElectron(electron, to, { name, version, main });
  return { packages };
}
