import { check } from './checks.mjs';
import { orSay } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';

// Everything, the slow tests too.
await orSay(async () => {
  const { node } = await setUp();
  if (!(await check(node, { slow: true }))) process.exitCode = 1;
});
