import { registerHooks } from 'node:module';

// Whoever imports Electron gets the stand-in.
registerHooks({
  resolve: (name, context, next) =>
    name === 'electron'
      ? { url: new URL('./electron-module.child.ts', import.meta.url).href, shortCircuit: true }
      : next(name, context),
});
