import path from 'node:path';

/** Where the key of a home lies, with which pseudonyms are made where no other is named. */
export const keyFileIn = (home: string): string => path.join(home, 'deidentify.key');
