import type { Change } from '../../../src-main/contract/check.ts';

/**
 * The CSS transform that lays a twin over the first picture: what made the twin (mirrored, then turned clockwise) is
 * taken back, the turn first. `none` where nothing is to be turned.
 */
export function overlay({ mirrored, turned, rotated }: Change): string {
  const degrees = turned + rotated;
  const back = degrees === 0 ? [] : [`rotate(${-degrees}deg)`];
  // The rightmost is done first.
  return [...(mirrored ? ['scaleX(-1)'] : []), ...back].join(' ') || 'none';
}
