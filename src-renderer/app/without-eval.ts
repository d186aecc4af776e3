import { config } from 'zod/v4';

// The page's CSP forbids eval, and zod would test for it when its first schema is made. The window's build resolves
// zod to this module (see electron.vite.config.ts), so that this runs before any schema is made, however modules are
// bundled.
config({ jitless: true });

export * from 'zod/v4';
