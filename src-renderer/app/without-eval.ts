import { config } from 'zod';

// The page may make no code out of text, and zod would try whether it may when its first schema is made. This is
// imported before any schema.
config({ jitless: true });
