import path from 'node:path';
import { FalxError } from '../contract/errors.ts';
import type { HomePlace } from '../registry/find-home.ts';
import { chooseHome, lookAtHome, type HomeCandidate } from '../registry/home-choice.ts';
import { platformHome } from '../system/platform-folders.ts';

/** Where everything is kept now, and where the next start will keep it. */
export class HomeKeeper {
  readonly place: HomePlace;
  /** Null: where it is now. */
  next: string | null = null;

  constructor(place: HomePlace) {
    this.place = place;
  }

  look(folder: string): HomeCandidate {
    return lookAtHome(folder);
  }

  /**
   * Has the next start use another folder; nothing is moved.
   * @param folder absolute; null: the platform's own.
   * @throws FalxError `bad-usage` when `--home` or FALX_HOME says where it is, or as `chooseHome`.
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
