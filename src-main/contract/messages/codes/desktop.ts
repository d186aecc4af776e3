import { error, note } from '../entry.ts';
import { choice, detail, message, number, text } from '../parameters.ts';

/** What the shells say around the page: starting, folders shown in the file manager, mistakes of Falx itself. */
export const desktop = {
  /** A mistake of Falx itself, where nobody keeps a log. */
  fault: note({ detail }),
  faultLogged: note({ log: text, detail }),
  pageNotBuilt: error('not-found', { installation: choice('package', 'checkout'), file: text, folder: text }),
  portNotTaken: error('bad-usage', { port: number, reason: message }),
  placeNotShown: error('disk', { folder: text, detail }),
  placeGone: error('not-found', { folder: text }),
  placeForeign: error('bad-usage', { folder: text }),
} as const;
