import { config } from 'zod/v4';

// The page may make no code out of text, and zod would try whether it may when its first schema is made. The window's
// build takes this for zod itself (see electron.vite.config.ts), so that it has run before any schema is made, however
// modules are put into files.
config({ jitless: true });

export * from 'zod/v4';
