import { provideBuild } from '../build/stale.mjs';

/** Builds the window for a test that opens it, unless it is up to date. */
export const builtWindow = (): Promise<void> => provideBuild(process.execPath, ['renderer']);
