import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';

// node build/run.mjs SCRIPT [ARGUMENTS]: runs a script of the project in the Node.js that Falx uses.
const [script = '', ...args] = process.argv.slice(2);
await orSay(() => launch(script, args));
