#!/usr/bin/env node
import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';
import { provideBuild } from './stale.mjs';

await orSay(async () => {
  const args = process.argv.slice(2);
  // The only command that opens a window.
  if (args.includes('serve') && !args.includes('--help'))
    await provideBuild((await setUp()).node, ['renderer']);
  await launch('src-main/shells/cli/main.ts', args);
});
