import { inChild } from '../../build/launch.mjs';

// As build/run.mjs under a Node.js that can't put a program in its own place.
process.exitCode = await inChild(process.execPath, process.argv.slice(2));
