import { resolveConfig } from 'electron-vite';
import { join } from 'node:path';
import { build } from 'vite';
import { repository } from './setup/set-up.mjs';
import { parts, isPart, keepStamp } from './stale.mjs';

// node build/run.mjs build/build.mjs [PART…]: builds all parts of the windows, or those named.
const named = process.argv.slice(2).filter(isPart);

/** Read by electron-vite, which otherwise assumes development and makes the page's URLs absolute. */
process.env['NODE_ENV_ELECTRON_VITE'] = 'production';
const { config } = await resolveConfig(
  {
    root: repository,
    configFile: join(repository, 'electron.vite.config.ts'),
    ignoreConfigWarning: true,
    logLevel: 'warn',
  },
  'build',
  'production',
);
try {
  for (const part of named.length > 0 ? named : parts) {
    const began = performance.now();
    const stamp = keepStamp(part);
    await build({ ...config?.[part], configFile: false });
    // Stamps the sources as they were before: what changed meanwhile is rebuilt next time.
    stamp();
    console.error(`Falx: built ${part} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  console.error(`Falx: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
