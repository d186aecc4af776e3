import { appendFileSync } from 'node:fs';
import { orSay, run } from '../../build/setup/command.mjs';

// Runs a program that cleans up slowly when told to end; both write to the given log.
const log = process.argv[2] ?? '';
const program = `
  const { appendFileSync } = require('node:fs');
  process.on('SIGTERM', () => setTimeout(() => { appendFileSync(process.argv[1], 'tidied\\n'); process.exit(); }, 200));
  setInterval(() => undefined, 1000);
  appendFileSync(process.argv[1], 'at work\\n');
`;
await orSay(async () => {
  await run(process.execPath, ['-e', program, log]);
});
appendFileSync(log, 'ended\n');
