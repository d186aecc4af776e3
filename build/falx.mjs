#!/usr/bin/env node
import { launch } from './launch.mjs';
import { orSay } from './setup/command.mjs';

await orSay(() => launch('src-main/shells/cli/main.ts', process.argv.slice(2)));
