import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { programFolder } from '../../src-main/system/installation.ts';
import { fuseWire } from '../build/fuse-wire.ts';

/**
 * Creates a folder with the files that packaging expects of Electron, none of them Electron's own, which can't be downloaded
 * everywhere. It can't show that Electron starts, and what it needs of a system.
 */
export function layStandInElectron(folder: string): void {
  const { version } = JSON.parse(
    readFileSync(path.join(programFolder, 'node_modules', 'electron', 'package.json'), 'utf8'),
  ) as { version: string };
  const program = '#!/bin/sh\necho "stand-in for Electron: $*"\nexit\n';
  const files: Record<string, string> = {
    electron: program,
    'chrome-sandbox': program,
    version: `${version}\n`,
    LICENSE: `Stand-in for Electron's licence.\n${'-'.repeat(300)}\n`,
    'LICENSES.chromium.html': `<html><body><pre>Stand-in for Chromium's licences.\n${'-'.repeat(300)}</pre></body></html>\n`,
    'resources/default_app.asar': '',
    'locales/en-US.pak': 'x',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  // The shell reads nothing after "exit".
  appendFileSync(path.join(folder, 'electron'), fuseWire());
  for (const name of ['electron', 'chrome-sandbox']) chmodSync(path.join(folder, name), 0o755);
}
