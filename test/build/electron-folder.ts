import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { programFolder } from '../../src-main/system/installation.ts';
import { fuseWire } from './fuse-wire.ts';

/**
 * A folder with the layout of Electron's zip file, for machines without Electron: its program runs the packaged app in
 * Node, on the stand-in for Electron. It can't show what is Electron's own: the window, the sandbox, the required libraries.
 */
export function writeElectronFolder(folder: string): string {
  const { version } = JSON.parse(
    readFileSync(path.join(programFolder, 'node_modules', 'electron', 'package.json'), 'utf8'),
  ) as { version: string };
  const hook = path.join(import.meta.dirname, 'electron-hook.child.mjs');
  const program = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec '${process.execPath}' --disable-warning=ExperimentalWarning --import '${hook}' "$here/resources/app/main.js" "$@"
`;
  const files: Record<string, string> = {
    electron: program,
    'chrome-sandbox': '#!/bin/sh\nexit 1\n',
    version,
    LICENSE: 'MIT',
    'LICENSES.chromium.html': '<title>Credits</title>',
    'resources/default_app.asar': '',
    'locales/de.pak': '',
    'locales/en-US.pak': '',
    'locales/ko.pak': '',
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  // The shell reads nothing after "exec".
  appendFileSync(path.join(folder, 'electron'), fuseWire());
  for (const file of ['electron', 'chrome-sandbox']) chmodSync(path.join(folder, file), 0o755);
  return folder;
}
