import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { HomePlace } from '../registry/find-home.ts';
import { chooseHome, lookAtHome, type HomeCandidate } from '../registry/home-choice.ts';
import { platformHome } from '../system/platform-folders.ts';

/** The current data folder, and that of the next start. */
export class HomeKeeper {
  readonly place: HomePlace;
  /** Null: unchanged. */
  next: string | null = null;

  constructor(place: HomePlace) {
    this.place = place;
  }

  look(folder: string): HomeCandidate {
    return lookAtHome(folder);
  }

  /**
   * Makes the next start use another folder; nothing is moved.
   * @param folder absolute; null: the platform's own.
   * @throws FalxError `bad-usage` if `--home` or FALX_HOME sets it, or as `chooseHome`.
   */
  choose(folder: string | null): void {
    const { home, from } = this.place;
    if (from === 'option' || from === 'environment')
      throw new FalxError('homeFixed', { by: from === 'option' ? '--home' : 'FALX_HOME' });
    const target = path.resolve(folder ?? platformHome());
    chooseHome(target === platformHome() ? null : target);
    this.next = target === path.resolve(home) ? null : target;
  }
}
