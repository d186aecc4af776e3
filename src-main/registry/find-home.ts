import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import { chosenHome } from './home-choice.ts';
import { platformHome } from '../system/platform-folders.ts';

/** What set the home folder: `--home`, FALX_HOME, the user in Settings, or nothing. */
export type HomeFrom = 'option' | 'environment' | 'chosen' | 'standard';

/** The data folder, absolute, and what set it. */
export type HomePlace = { home: string; from: HomeFrom };

/**
 * The data folder: registry, cached pixels, runs and weights. It need not exist.
 * @param option the caller's choice; overrides FALX_HOME, which overrides the folder chosen in Settings, which overrides the
 *   platform's own data folder.
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

/** The parent of uploaded and unpacked files: each upload or archive has a folder of its own in here. */
export const uploadsOf = (home: string): string => path.join(home, 'uploads');
