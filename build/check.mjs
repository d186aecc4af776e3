import { check } from './checks.mjs';
import { orSay } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';

// Before a commit: all checks that take less than a minute.
await orSay(async () => {
  const { node } = await setUp();
  if (!(await check(node, { slow: false }))) process.exitCode = 1;
});
