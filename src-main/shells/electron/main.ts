import path from 'node:path';
import * as electron from 'electron';
import { findHome } from '../../registry/home.ts';
import { programFolder } from '../../version.ts';
import { builtPage } from '../page/place.ts';
import { run } from './run.ts';

// Not awaited: Electron is not ready before this file has been run to its end.
void run(electron, {
  findHome: () => findHome(),
  page: builtPage,
  preload: path.join(programFolder, 'out', 'preload', 'preload.cjs'),
}).then((desktop) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void desktop?.end());
});
