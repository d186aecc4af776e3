import { check } from './checks.mjs';
import { orSay } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';

// All checks, including the slow tests.
await orSay(async () => {
  const { node } = await setUp();
  if (!(await check(node, { slow: true }))) process.exitCode = 1;
});
