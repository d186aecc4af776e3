import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { chosenHome } from './home-choice.ts';
import { platformHome } from '../system/platform-folders.ts';

/** Who said where the home folder is: `--home`, FALX_HOME, a person in Settings, or nobody. */
export type HomeFrom = 'option' | 'environment' | 'chosen' | 'standard';

/** The folder that holds everything Falx keeps, absolute, and who said so. */
export type HomePlace = { home: string; from: HomeFrom };

/**
 * Where everything is kept: the registry, cached pixels, runs and weights. The folder need not exist.
 * @param option what the caller asked for; wins over FALX_HOME, which wins over the folder chosen in Settings, which
 *   wins over the platform's own data folder.
 * @throws FalxError `bad-usage` for an empty option; as `chosenHome`.
 */
export function findHome(option?: string): HomePlace {
  if (option === '') throw new FalxError('homeEmpty', {});
  if (option !== undefined) return { home: path.resolve(option), from: 'option' };
  const named = process.env['FALX_HOME'];
  if (named) return { home: path.resolve(named), from: 'environment' };
  const chosen = chosenHome();
  return chosen === null ? { home: platformHome(), from: 'standard' } : { home: chosen, from: 'chosen' };
}

/** Where files go that came from elsewhere: each upload or archive has a folder of its own in here. */
export const uploadsOf = (home: string): string => path.join(home, 'uploads');
