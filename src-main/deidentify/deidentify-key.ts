import path from 'node:path';

/** The file of a home's key, from which pseudonyms are derived if no other is given. */
export const keyFileIn = (home: string): string => path.join(home, 'deidentify.key');
