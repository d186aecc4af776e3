import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';

// Until there are windows to open, the command line says what it can do.
await orSay(() => launch('src-main/shells/cli/main.ts', ['--help']));
