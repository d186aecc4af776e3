import * as electron from 'electron';
import { findHome } from '../../registry/find-home.ts';
import { installation } from '../../system/installation.ts';
import { run } from './run.ts';

// Not awaited: Electron is not ready before this module has been evaluated.
void run(electron, {
  findHome: () => findHome(),
  page: installation.page,
  preload: installation.preload,
}).then((desktop) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void desktop?.end());
});
