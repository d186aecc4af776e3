import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';

/**
 * tfjs-node-gpu as its own users know it, on the binding that Falx's set-up compiled. node_modules is not changed: the
 * functions that Node 23 removed are restored, and the search for the binding is redirected here.
 */
export function loadTfjs(): typeof tfjs {
  Object.assign(util, {
    isArray: Array.isArray,
    isNullOrUndefined: (x: unknown) => x === null || x === undefined,
  });
  const falx = createRequire(import.meta.url);
  const tfjsNode = createRequire(falx.resolve('@tensorflow/tfjs-node-gpu'));
  tfjsNode('@mapbox/node-pre-gyp');
  const finder = tfjsNode.cache[tfjsNode.resolve('@mapbox/node-pre-gyp')];
  if (finder === undefined) throw new Error('@mapbox/node-pre-gyp is not where require keeps its modules');
  finder.exports = { find: bindingPath };
  return falx('@tensorflow/tfjs-node-gpu') as typeof tfjs;
}

/** Where set-up put the binding. */
function bindingPath(): string {
  const root = resolve(import.meta.dirname, '../..');
  const runtime = JSON.parse(readFileSync(resolve(root, '.falx/runtime.json'), 'utf8')) as {
    binding: string;
  };
  return resolve(root, runtime.binding);
}
