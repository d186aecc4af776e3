#!/usr/bin/env node
import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';
import { provideBuild } from './stale.mjs';

await orSay(async () => {
  const args = process.argv.slice(2);
  // The one command that shows a window.
  if (args.includes('serve') && !args.includes('--help'))
    await provideBuild((await setUp()).node, ['renderer']);
  await launch('src-main/shells/cli/main.ts', args);
});
