import { inChild } from '../../build/launch.mjs';

// Like build/run.mjs under a Node.js without `process.execve`.
process.exitCode = await inChild(process.execPath, process.argv.slice(2));
