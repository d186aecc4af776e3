import { registerHooks } from 'node:module';

// Imports of Electron get the stand-in.
registerHooks({
  resolve: (name, context, next) =>
    name === 'electron'
      ? { url: new URL('./electron-module.child.ts', import.meta.url).href, shortCircuit: true }
      : next(name, context),
});
