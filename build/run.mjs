import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';

// node build/run.mjs SCRIPT [ARGUMENTS]: a script of the project in the Node.js that Falx runs on.
const [script = '', ...args] = process.argv.slice(2);
await orSay(() => launch(script, args));
